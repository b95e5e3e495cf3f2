package muster.proxy;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import muster.balancing.Backend;
import muster.balancing.Failure;
import muster.balancing.Pool;
import muster.proxy.http1.Head;
import muster.proxy.http1.ResponseHead;
import org.jspecify.annotations.Nullable;

/**
 * Asks every HTTP backend that announces a check path for it, now and then, each time on a new connection: a process that
 * is stopped still has its old connections, and its kernel still takes new ones, but nothing answers. All on the first
 * loop's thread, apart from what says otherwise.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A failed write or close shows as the end of the connection.
final class Checker {
    /** Of the interval, so that many balancers do not check in step. */
    private static final double JITTER = 0.1;

    /** A check's answer may be as long as this before its head must be complete. */
    private static final int ANSWER_BYTES_MAX = 16 << 10;

    /** A loop whose timer rings later than this part of the time-out is late. */
    private static final int LATE_PART = 4;

    /** A task due later than now runs after the loop has read all its sockets once more. */
    private static final long ONE_ROUND_NANOS = 1;

    private enum Verdict {
        PASSED,
        FAILED,
        UNKNOWN
    }

    private final List<Loop> loops;
    private final Loop loop;
    private final SharedState shared;
    private final ProxySettings.Checks settings;
    private final IdentityHashMap<Backend, Check> checks = new IdentityHashMap<>();
    private final AtomicBoolean lookScheduled = new AtomicBoolean();
    private volatile boolean ended;

    Checker(List<Loop> loops, SharedState shared) {
        this.loops = loops;
        this.loop = loops.getFirst();
        this.shared = shared;
        this.settings = loop.settings.checks();
    }

    /** From any thread. */
    void begin() {
        fleetChanged();
    }

    /** From any thread. */
    void fleetChanged() {
        if (!settings.enabled() || ended || loop.eventLoop.isShuttingDown()) return;
        if (lookScheduled.compareAndSet(false, true)) loop.eventLoop.execute(this::lookAtFleet);
    }

    /** From any thread. */
    void end() {
        ended = true;
    }

    private void lookAtFleet() {
        lookScheduled.set(false);
        Pool pool = loop.pool();
        List<Backend> wanted = pool == null
                ? List.of()
                : pool.backends().stream().filter(Checker::isCheckable).toList();
        checks.keySet().removeIf(backend -> !wanted.contains(backend));
        for (Backend backend : wanted) {
            if (!checks.containsKey(backend)) {
                Check check = new Check(backend);
                checks.put(backend, check);
                check.run();
            }
        }
    }

    private static boolean isCheckable(Backend backend) {
        return switch (backend.state()) {
            // Whoever drains waits until nobody is connected any more; of an unready one its node says when it is well.
            case DRAINING, UNREADY, GONE -> false;
            case JOINING, READY, SUSPECT, EJECTED -> backend.isChecked();
        };
    }

    /** The checks of one backend. */
    private final class Check implements Runnable {
        private final Backend backend;
        private int passedInARow;
        private int failedInARow;

        Check(Backend backend) {
            this.backend = backend;
        }

        private boolean isWanted() {
            return !ended && checks.get(backend) == this;
        }

        @Override
        public void run() {
            if (!isWanted()) return;
            if (!isCheckable(backend)) {
                checks.remove(backend, this);
                return;
            }
            new Attempt(this).begin();
        }

        void done(Verdict verdict, long begunNanos) {
            if (!isWanted()) return;
            switch (verdict) {
                case PASSED -> passed();
                case FAILED -> failed(begunNanos);
                case UNKNOWN -> loop.tally.add(Counter.CHECKS_INCONCLUSIVE);
            }
            double factor = 1 + JITTER * (2 * loop.random.nextDouble() - 1);
            long next = begunNanos + (long) (settings.every().toNanos() * factor) - System.nanoTime();
            loop.eventLoop.schedule(this, Math.max(0, next), TimeUnit.NANOSECONDS);
        }

        private void passed() {
            loop.tally.add(Counter.CHECKS_PASSED);
            failedInARow = 0;
            passedInARow++;
            // One pass is enough for a backend that joins: nothing speaks against it.
            if (passedInARow >= settings.rise() || backend.state() == Backend.State.JOINING) {
                backend.checkPassed(System.nanoTime());
            }
        }

        private void failed(long begunNanos) {
            loop.tally.add(Counter.CHECKS_FAILED);
            passedInARow = 0;
            failedInARow++;
            shared.evidence().suspectNow(backend);
            // One failure is enough to ask another backend what this one has not answered.
            for (Loop each : loops) each.checkFailed(backend, begunNanos);
            if (failedInARow >= settings.fall() && backend.failed(System.nanoTime(), Failure.CHECK_FAILED)) {
                shared.fleetChanged().run();
            }
        }
    }

    /** One check on its own connection. */
    private final class Attempt extends ChannelInboundHandlerAdapter {
        private final Check check;
        private final ResponseHead head =
                new ResponseHead(loop.settings.limits().head());
        private final long begunNanos = System.nanoTime();
        private ByteBuf received = Unpooled.EMPTY_BUFFER;
        private @Nullable Channel channel;
        private long dueNanos = begunNanos + settings.timeout().toNanos();
        /** When the request was sent; 0 before. */
        private long askedNanos;

        private boolean lookedWhenDue;
        private boolean done;

        Attempt(Check check) {
            this.check = check;
        }

        void begin() {
            Bootstrap bootstrap = loop.upstreamBootstrap.clone().handler(this);
            ChannelFuture connecting = bootstrap.connect(address(check.backend));
            if (connecting.isDone() && !connecting.isSuccess()) {
                // No socket could be made, and Netty's stand-in for the channel belongs to no loop.
                finish(Verdict.UNKNOWN);
                return;
            }
            channel = connecting.channel();
            lookAfter(settings.timeout().toNanos());
            connecting.addListener(connected -> {
                if (!connected.isSuccess()) failed(connected.cause());
            });
        }

        /** What this process lacks proves nothing. */
        private void failed(Throwable cause) {
            boolean ours = Buffers.noLocalPort(cause) || Buffers.noMemory(cause);
            finish(ours ? Verdict.UNKNOWN : Verdict.FAILED);
        }

        private void lookAfter(long nanos) {
            loop.eventLoop.schedule(this::timedOut, nanos, TimeUnit.NANOSECONDS);
        }

        /**
         * A loop that is late itself may have sent the request late, and the answer may be there unread. That must not eject a
         * whole pool, nor let a dead backend live: the backend gets its time from the request on, and what has come is read
         * once more before the verdict.
         */
        private void timedOut() {
            if (done) return;
            long now = System.nanoTime();
            long timeout = settings.timeout().toNanos();
            boolean late = now - dueNanos > timeout / LATE_PART;
            if (!late || lookedWhenDue) {
                finish(Verdict.FAILED);
            } else if (askedNanos != 0 && askedNanos + timeout - now > 0) {
                dueNanos = askedNanos + timeout;
                lookAfter(dueNanos - now);
            } else {
                lookedWhenDue = true;
                lookAfter(ONE_ROUND_NANOS);
            }
        }

        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            context.channel().config().setRecvByteBufAllocator(new ReadSizes(loop, () -> finish(Verdict.UNKNOWN)));
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            askedNanos = System.nanoTime();
            lookedWhenDue = false;
            Backend backend = check.backend;
            String host = backend.host().indexOf(':') >= 0 ? "[" + backend.host() + "]" : backend.host();
            String request = "GET " + backend.checkPath() + " HTTP/1.1\r\nHost: " + host + ":" + backend.port()
                    + "\r\nUser-Agent: muster-check\r\nAccept: */*\r\nConnection: close\r\n\r\n";
            context.writeAndFlush(Unpooled.copiedBuffer(request, StandardCharsets.US_ASCII))
                    .addListener(sent -> {
                        if (!sent.isSuccess()) failed(sent.cause());
                    });
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            received = Buffers.join(loop, received, (ByteBuf) message);
            if (done) {
                releaseReceived();
                return;
            }
            int length = Head.NEED_MORE;
            boolean interim = true;
            while (interim) {
                length = parse();
                interim = length > 0 && head.isInterim();
                if (interim) received.skipBytes(length);
            }
            if (length == Head.NEED_MORE && received.readableBytes() < ANSWER_BYTES_MAX) return;
            boolean well = length > 0 && head.status() >= 200 && head.status() < 400;
            finish(well ? Verdict.PASSED : Verdict.FAILED);
        }

        private int parse() {
            byte[] bytes = new byte[Math.min(received.readableBytes(), ANSWER_BYTES_MAX)];
            received.getBytes(received.readerIndex(), bytes);
            return head.parse(bytes, 0, bytes.length);
        }

        private void releaseReceived() {
            received.release();
            received = Unpooled.EMPTY_BUFFER;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            // No more will come, and what came was not enough.
            if (event == ChannelInputShutdownEvent.INSTANCE) finish(Verdict.FAILED);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            finish(Verdict.FAILED);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            failed(cause);
        }

        private void finish(Verdict verdict) {
            if (done) return;
            done = true;
            releaseReceived();
            check.done(verdict, begunNanos);
            Channel open = channel;
            if (open != null) open.close();
        }
    }

    private static InetSocketAddress address(Backend backend) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(backend.host());
        if (bytes == null) throw new IllegalArgumentException(backend + " has no literal address");
        try {
            return new InetSocketAddress(InetAddress.getByAddress(bytes), backend.port());
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
