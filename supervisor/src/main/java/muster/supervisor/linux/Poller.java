package muster.supervisor.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Waits for descriptors to become readable, all in one thread that sleeps until one is.
 *
 * <p>Threads: any may call; handlers run on the one thread, hand over and return.
 */
public final class Poller {
    private static final System.Logger LOG = System.getLogger(Poller.class.getName());

    private final Map<Integer, Watched> watched = new LinkedHashMap<>();
    private final Pipe wake;

    /** Told that something can be read, or the end seen, until it is forgotten. */
    public interface Watched {
        /** Reads, without waiting. False: it is not to be told any more. */
        boolean read() throws IOException;

        /** It will not be told any more: closes. Called once, also when it was forgotten. */
        void forgotten();
    }

    private static final class TheOne {
        static final Poller POLLER = new Poller();
    }

    private Poller() {
        try {
            wake = Pipe.open();
        } catch (IOException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
        Libc.call(Libc.FCNTL, wake.readEnd(), Libc.F_SETFL, Libc.O_NONBLOCK);
        Libc.call(Libc.FCNTL, wake.writeEnd(), Libc.F_SETFL, Libc.O_NONBLOCK);
        Thread.ofPlatform().name("muster-poller").daemon().start(this::pollForEver);
    }

    /** That of this JVM. */
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

    private void wakeUp() {
        Descriptors.write(wake.writeEnd(), new byte[1]);
    }

    private void pollForEver() {
        while (true) {
            try {
                pollOnce();
            } catch (IOException | RuntimeException e) {
                // It must outlive any bug of a handler.
                LOG.log(System.Logger.Level.ERROR, "a handler of a descriptor failed", e);
            }
        }
    }

    private void pollOnce() throws IOException {
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
            if (Libc.call(Libc.POLL, polled.address(), descriptors.size(), -1).asInt() < 0) {
                return; // EINTR
            }
            for (int i = 0; i < descriptors.size(); i++) {
                if (polled.get(ValueLayout.JAVA_SHORT, i * Libc.POLLFD_BYTES + 6) == 0) {
                    continue;
                }
                if (i == readables.size()) {
                    Descriptors.read(wake.readEnd(), new byte[512]);
                } else if (!told(readables.get(i))) {
                    forget(descriptors.get(i), readables.get(i));
                }
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
