package muster.proxy;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import muster.balancing.Backend;
import muster.balancing.Fleet;
import muster.balancing.Pool;
import muster.proxy.http1.BodyReader;
import muster.proxy.http1.Head;
import muster.proxy.http1.Output;
import muster.proxy.http1.Ranges;
import muster.proxy.http1.RequestHead;
import muster.proxy.http1.ResponseHead;
import org.jspecify.annotations.Nullable;

/**
 * One event loop with all that its connections share: a client and its upstream connections live on the same loop, so
 * nothing here is locked. Everything runs on the loop's own thread, but for what says otherwise.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A failed write or close shows as the end of the connection.
final class Loop {
    private static final System.Logger LOG = System.getLogger(Loop.class.getName());

    /** Most heads are shorter; longer ones are copied once more. */
    private static final int FIRST_LOOK_BYTES = 2_048;

    final int index;
    final EventLoop eventLoop;
    final ProxySettings settings;
    final SharedState shared;
    final Tally tally = new Tally();
    final TimerWheel wheel = new TimerWheel(System.nanoTime(), this::fault);
    final RetryBudget budget;
    final Memory memory;
    final SplittableRandom random = new SplittableRandom();
    final Bootstrap upstreamBootstrap;

    // Scratch, of use within one event only.
    final RequestHead requestHead;
    final ResponseHead responseHead;
    final Output rewritten = new Output(4_096);
    final Ranges ranges = new Ranges();
    private final byte[] scratch;
    private @Nullable ByteBuf sourceBuffer;
    private final BodyReader.Bytes source = this::sourceByte;

    final List<ClientConnection> clients = new ArrayList<>();
    int requestsInFlight;
    boolean draining;
    /** Written by the loop, read by any thread. */
    volatile int openClients;

    final AtomicInteger upstreamConnections = new AtomicInteger();

    private final IdentityHashMap<Backend, UpstreamPool> upstreams = new IdentityHashMap<>();
    private final Runnable tick = this::tick;
    private final Runnable lookAtFleet = this::lookAtFleet;
    private final AtomicBoolean lookScheduled = new AtomicBoolean();
    private boolean ticking;
    /** Written by the loop, read by the watch. */
    private volatile long nowNanos = System.nanoTime();

    Loop(int index, EventLoop eventLoop, ProxySettings settings, SharedState shared, Bootstrap upstreamBootstrap) {
        this.index = index;
        this.eventLoop = eventLoop;
        this.settings = settings;
        this.shared = shared;
        this.upstreamBootstrap = upstreamBootstrap;
        budget = new RetryBudget(settings.retries().percent());
        memory = new Memory(Memory.budgetBytes(settings.loops()), this::heldBytes);
        requestHead = new RequestHead(settings.limits().head());
        responseHead = new ResponseHead(settings.limits().head());
        // One byte more than allowed shows that a head is too long.
        scratch = new byte[Math.max(FIRST_LOOK_BYTES, settings.limits().head().headBytes() + 1)];
    }

    /** To be called first whenever the loop's thread comes into this room: reading the clock once per event is enough. */
    void eventBegins() {
        nowNanos = System.nanoTime();
    }

    /** The time at which the current event began. */
    long now() {
        return nowNanos;
    }

    @Nullable
    Pool pool() {
        Fleet fleet = shared.fleet().get();
        return fleet.pool(settings.pool());
    }

    UpstreamPool upstreams(Backend backend) {
        UpstreamPool known = upstreams.get(backend);
        if (known != null) return known;
        UpstreamPool made = new UpstreamPool(this, backend);
        upstreams.put(backend, made);
        return made;
    }

    /** Reads a request head at the reader index into {@link #requestHead}; returns as {@link RequestHead#parse}. */
    int parseRequest(ByteBuf in) {
        int readable = Math.min(in.readableBytes(), scratch.length);
        int first = Math.min(readable, FIRST_LOOK_BYTES);
        in.getBytes(in.readerIndex(), scratch, 0, first);
        int end = requestHead.parse(scratch, 0, first);
        if (end != Head.NEED_MORE || first == readable) return end;
        in.getBytes(in.readerIndex() + first, scratch, first, readable - first);
        return requestHead.parse(scratch, 0, readable);
    }

    int parseResponse(ByteBuf in) {
        int readable = Math.min(in.readableBytes(), scratch.length);
        int first = Math.min(readable, FIRST_LOOK_BYTES);
        in.getBytes(in.readerIndex(), scratch, 0, first);
        int end = responseHead.parse(scratch, 0, first);
        if (end != Head.NEED_MORE || first == readable) return end;
        in.getBytes(in.readerIndex() + first, scratch, first, readable - first);
        return responseHead.parse(scratch, 0, readable);
    }

    /** What of {@code in} belongs to the body goes to {@link #ranges}; returns as {@link BodyReader#advance}. */
    int advance(BodyReader reader, ByteBuf in, int from, boolean dataOnly) {
        ranges.clear();
        sourceBuffer = in;
        int end = reader.advance(source, from, in.writerIndex(), dataOnly, ranges);
        sourceBuffer = null;
        return end;
    }

    private byte sourceByte(int i) {
        ByteBuf buffer = sourceBuffer;
        return buffer == null ? 0 : buffer.getByte(i);
    }

    /**
     * A new buffer, added to what is held. Without direct memory it is on the heap: then the connection that it is written to ends, and
     * nobody in between has to undo half of what it did.
     */
    ByteBuf buffer(int bytes) {
        memory.add(bytes);
        try {
            return PooledByteBufAllocator.DEFAULT.directBuffer(bytes);
        } catch (OutOfMemoryError _) {
            return Unpooled.buffer(bytes);
        }
    }

    private long heldBytes() {
        long bytes = 0;
        for (ClientConnection client : clients) bytes += client.heldBytes();
        for (UpstreamPool pool : upstreams.values()) bytes += pool.heldBytes();
        return bytes;
    }

    void setTimer(TimerWheel.Timer timer, Duration delay) {
        setTimer(timer, delay.toNanos());
    }

    void setTimer(TimerWheel.Timer timer, long delayNanos) {
        wheel.set(timer, now(), delayNanos);
        if (!ticking) {
            ticking = true;
            eventLoop.schedule(tick, TimerWheel.TICK_NANOS, TimeUnit.NANOSECONDS);
        }
    }

    private void fault(Throwable e) {
        tally.add(Counter.FAULTS);
        LOG.log(System.Logger.Level.ERROR, "a fault in a time limit of a connection; the others go on", e);
    }

    private void tick() {
        eventBegins();
        wheel.advance(now());
        ticking = !wheel.isEmpty();
        if (ticking) eventLoop.schedule(tick, TimerWheel.TICK_NANOS, TimeUnit.NANOSECONDS);
    }

    /** From any thread: backends have changed, move what should not wait for them. */
    void fleetChanged() {
        if (lookScheduled.compareAndSet(false, true) && !eventLoop.isShuttingDown()) eventLoop.execute(lookAtFleet);
    }

    private void lookAtFleet() {
        eventBegins();
        lookScheduled.set(false);
        // Moving a request may make a pool for another backend.
        for (UpstreamPool pool : List.copyOf(upstreams.values())) {
            pool.backendChanged();
            if (pool.isForgettable()) upstreams.remove(pool.backend);
        }
    }

    /** From any thread: a check of this backend that began at {@code sinceNanos} was not answered. */
    void checkFailed(Backend backend, long sinceNanos) {
        if (eventLoop.isShuttingDown()) return;
        eventLoop.execute(() -> {
            eventBegins();
            UpstreamPool pool = upstreams.get(backend);
            if (pool != null) pool.moveUnanswered(sinceNanos);
        });
    }

    void drain() {
        eventBegins();
        draining = true;
        for (ClientConnection client : List.copyOf(clients)) client.drain();
    }

    /** From any thread. */
    LoopTraffic traffic() {
        return new LoopTraffic(
                index,
                openClients,
                upstreamConnections.get(),
                tally.read(Counter.REQUESTS),
                tally.read(Counter.BYTES_FROM_CLIENTS),
                tally.read(Counter.BYTES_TO_CLIENTS));
    }

    void closeAll() {
        eventBegins();
        for (ClientConnection client : List.copyOf(clients)) client.abort();
        for (UpstreamPool pool : List.copyOf(upstreams.values())) pool.closeAll();
    }
}
