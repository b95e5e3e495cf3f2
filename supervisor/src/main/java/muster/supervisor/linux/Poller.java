package muster.supervisor.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import muster.supervisor.CannotSupervise;

/**
 * Waits for descriptors to become readable, all in one thread that sleeps until one is: one of its own, or the loop of whoever made it, which then hears
 * of them without a change of threads.
 *
 * <p>Threads: any may call; handlers run on the one thread, hand over and return.
 */
public final class Poller implements AutoCloseable {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final System.Logger LOG = System.getLogger(Poller.class.getName());

    private final Map<Integer, Watched> watched = new LinkedHashMap<>();
    private final Pipe wake;
    private boolean closed; // guarded by watched

    /** Told that something can be read, or the end seen, until it is forgotten. */
    public interface Watched {
        /** Reads, without waiting. False: it is not to be told any more. */
        boolean read() throws IOException;

        /** It will not be told any more: closes. Called once, also when it was forgotten. */
        void forgotten();
    }

    private static final class TheOne {
        static final Poller POLLER = begun();

        private static Poller begun() {
            var poller = new Poller();
            Thread.ofPlatform().name("muster-poller").daemon().start(poller::pollForEver);
            return poller;
        }
    }

    /** For a loop that calls {@link #await}. */
    public Poller() {
        try {
            wake = Pipe.open();
        } catch (IOException e) {
            throw new CannotSupervise(String.valueOf(e.getMessage()));
        }
        Libc.call(Libc.FCNTL, wake.readEnd(), Libc.F_SETFL, Libc.O_NONBLOCK);
        Libc.call(Libc.FCNTL, wake.writeEnd(), Libc.F_SETFL, Libc.O_NONBLOCK);
    }

    /** That of this JVM, with a thread. */
    public static Poller ofThisProcess() {
        return TheOne.POLLER;
    }

    /** From now on, until it or somebody else says to forget it. */
    public void watch(int descriptor, Watched one) {
        synchronized (watched) {
            watched.put(descriptor, one);
        }
        wakeUp();
    }

    /** Nothing if this one is not watched. {@link Watched#forgotten} follows on the poller's thread. */
    public void forget(int descriptor, Watched one) {
        boolean known;
        synchronized (watched) {
            // The number may be another's by now.
            known = watched.replace(descriptor, one, new Gone(one));
        }
        if (known) {
            wakeUp();
        }
    }

    /** Ends the wait that is, or the next one. */
    public void wakeUp() {
        synchronized (watched) {
            if (!closed) { // else the number may be another's by now
                Descriptors.write(wake.writeEnd(), new byte[1]);
            }
        }
    }

    private void pollForEver() {
        while (true) {
            try {
                await(Long.MAX_VALUE);
            } catch (IOException | RuntimeException e) {
                // It must outlive any bug of a handler.
                LOG.log(System.Logger.Level.ERROR, "a handler of a descriptor failed", e);
            }
        }
    }

    /** Waits no longer than this until something can be read, and tells it; on the one thread. */
    public void await(long atMostNanos) throws IOException {
        var descriptors = new ArrayList<Integer>();
        List<Watched> readables;
        synchronized (watched) {
            for (var entry : List.copyOf(watched.entrySet())) {
                if (entry.getValue() instanceof Gone gone) {
                    watched.remove(entry.getKey());
                    gone.one.forgotten();
                }
            }
            descriptors.addAll(watched.keySet());
            readables = List.copyOf(watched.values());
        }
        descriptors.add(wake.readEnd());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment polled = arena.allocate(Libc.POLLFD_BYTES * descriptors.size(), 8);
            for (int i = 0; i < descriptors.size(); i++) {
                polled.set(ValueLayout.JAVA_INT, i * Libc.POLLFD_BYTES, descriptors.get(i));
                polled.set(ValueLayout.JAVA_SHORT, i * Libc.POLLFD_BYTES + 4, Libc.POLLIN);
            }
            MemorySegment time = arena.allocate(ValueLayout.JAVA_LONG, 2);
            time.setAtIndex(ValueLayout.JAVA_LONG, 0, atMostNanos / NANOS_PER_SECOND);
            time.setAtIndex(ValueLayout.JAVA_LONG, 1, atMostNanos % NANOS_PER_SECOND);
            long until = atMostNanos == Long.MAX_VALUE ? 0 : time.address();
            if (Libc.call(Libc.POLL, polled.address(), descriptors.size(), until, 0)
                            .asInt()
                    <= 0) {
                return; // the time is over, or EINTR
            }
            for (int i = 0; i < descriptors.size(); i++) {
                if (polled.get(ValueLayout.JAVA_SHORT, i * Libc.POLLFD_BYTES + 6) == 0) {
                    continue;
                }
                if (i == readables.size()) {
                    Descriptors.read(wake.readEnd(), new byte[512]);
                } else if (!told(readables.get(i))) {
                    drop(descriptors.get(i), readables.get(i));
                }
            }
        }
    }

    /** As {@link #forget}, by this thread, which needs no waking for it. */
    private void drop(int descriptor, Watched one) {
        synchronized (watched) {
            if (watched.remove(descriptor, one)) {
                one.forgotten();
            }
        }
    }

    private static boolean told(Watched one) {
        try {
            return one.read();
        } catch (IOException | RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a descriptor cannot be read: {0}", e.getMessage());
            return false;
        }
    }

    /** Forgets all; on the one thread, which does not wait any more. */
    @Override
    public void close() {
        synchronized (watched) {
            closed = true;
            watched.values().forEach(one -> (one instanceof Gone gone ? gone.one : one).forgotten());
            watched.clear();
            wake.close();
        }
    }

    /** Still in the table until the poller has seen it, so that its number is not closed under a poll. */
    private record Gone(Watched one) implements Watched {
        @Override
        public boolean read() {
            return true;
        }

        @Override
        public void forgotten() {}
    }
}
