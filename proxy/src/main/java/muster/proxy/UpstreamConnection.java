package muster.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import muster.balancing.Failure;
import muster.proxy.http1.BodyReader;
import muster.proxy.http1.Head;
import muster.proxy.http1.Output;
import muster.proxy.http1.ResponseHead;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a backend: carries one exchange at a time, or nothing. Reads responses, strictly, and hands what the
 * client may see to the exchange. Its loop's thread only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A failed write or close shows as the end of the connection.
final class UpstreamConnection extends ChannelInboundHandlerAdapter {
    private static final long SECOND_NANOS = 1_000_000_000L;

    /** Before one final response: hints and progress reports are few, and each is work for both sides. */
    private static final int INTERIM_RESPONSES_MAX = 100;

    private final UpstreamPool pool;
    private final Loop loop;
    private final BodyReader body = new BodyReader();
    private final TimerWheel.Timer idleTimer = new TimerWheel.Timer(this::idleTooLong);

    /** Its place in the pool's list; -1 when it is not there any more. */
    int openIndex = -1;

    long idleSinceNanos;

    private @Nullable Channel channel;
    private @Nullable Exchange exchange;
    private @Nullable ByteBuf pending;
    /** Set while idle or closing: there is nobody to tell. */
    private boolean idle;

    private boolean closed;
    private int interims;
    private boolean headRead;
    private boolean keepsAlive;
    private boolean dataOnly;
    private boolean tunnel;
    private boolean toFlush;
    private long idleLimitNanos;

    UpstreamConnection(UpstreamPool pool) {
        this.pool = pool;
        this.loop = pool.loop;
        idleLimitNanos = loop.settings.times().upstreamIdle().toNanos();
    }

    @Nullable
    Exchange exchange() {
        return exchange;
    }

    UpstreamPool pool() {
        return pool;
    }

    // --- being opened, used, idle, closed ---

    void connect(Exchange first) {
        exchange = first;
        ChannelFuture opening = loop.upstreamBootstrap.clone().handler(this).connect(pool.address);
        if (opening.isDone() && !opening.isSuccess()) {
            // No socket could be made. Netty's stand-in for the channel belongs to no loop and cannot even be closed.
            loop.eventLoop.execute(this::notOpened);
            return;
        }
        channel = opening.channel();
        opening.addListener(done -> opened(opening));
    }

    private void opened(ChannelFuture opening) {
        loop.eventBegins();
        if (opening.isSuccess()) {
            if (closed) {
                opening.channel().close();
                return;
            }
            Exchange first = exchange;
            exchange = null;
            if (first != null) first.connected(this, false);
            else pool.release(this);
            return;
        }
        Throwable cause = opening.cause();
        if (Buffers.noLocalPort(cause)) {
            notOpened();
            return;
        }
        if (Buffers.noMemory(cause)) {
            noMemory();
            return;
        }
        Exchange first = exchange;
        exchange = null;
        boolean cancelled = closed;
        close();
        Failure failure = cause instanceof ConnectTimeoutException
                        || !(cause instanceof java.net.ConnectException)
                        || String.valueOf(cause.getMessage()).contains("imed out")
                ? Failure.CONNECT_TIMEOUT
                : Failure.CONNECT_REFUSED;
        if (cancelled) return;
        loop.tally.add(
                failure == Failure.CONNECT_REFUSED
                        ? Counter.UPSTREAM_CONNECT_REFUSED
                        : Counter.UPSTREAM_CONNECT_TIMEOUT);
        if (pool.backend.failed(loop.now(), failure)) loop.shared.fleetChanged().run();
        loop.shared.evidence().suspectNow(pool.backend);
        if (first != null) first.connectFailed(failure);
    }

    /** What it takes to open a connection is used up here: no backend is to blame. */
    private void notOpened() {
        loop.eventBegins();
        Exchange first = exchange;
        boolean cancelled = closed;
        close();
        if (cancelled) return;
        loop.tally.add(Counter.UPSTREAM_NOT_OPENED);
        if (first != null) first.notConnected();
    }

    /** The exchange does not want it any more; when it opens it goes to whoever waits. */
    void forgetExchange() {
        exchange = null;
    }

    void begin(Exchange next) {
        exchange = next;
        interims = 0;
        headRead = false;
        keepsAlive = false;
        tunnel = false;
        dataOnly = false;
    }

    void becomeIdle() {
        exchange = null;
        idle = true;
        idleSinceNanos = loop.now();
        loop.setTimer(idleTimer, idleLimitNanos);
        resume();
    }

    void leaveIdle() {
        idle = false;
        loop.wheel.clear(idleTimer);
    }

    private void idleTooLong() {
        if (!idle) return;
        loop.tally.add(Counter.UPSTREAM_IDLE_CLOSED);
        close();
    }

    void close() {
        if (closed) return;
        closed = true;
        exchange = null;
        boolean wasIdle = idle;
        idle = false;
        loop.wheel.remove(idleTimer);
        releasePending();
        Channel c = channel;
        if (c != null) c.close();
        pool.closed(this, wasIdle);
    }

    private void releasePending() {
        ByteBuf left = pending;
        pending = null;
        if (left != null) left.release();
    }

    // --- towards the backend ---

    void write(ByteBuf part) {
        Channel c = channel;
        if (closed || c == null) {
            part.release();
            return;
        }
        // See Loop.buffer: there was no memory for it.
        if (!part.isDirect()) {
            part.release();
            noMemory();
            return;
        }
        Buffers.limitUnsent(c, loop.memory.mark());
        c.write(part, c.voidPromise());
    }

    void flush() {
        Channel c = channel;
        if (!closed && c != null) c.flush();
    }

    boolean isWritable() {
        Channel c = channel;
        return c != null && c.isWritable();
    }

    void pause() {
        Channel c = channel;
        if (c != null) c.config().setAutoRead(false);
    }

    /** In buffers. */
    long heldBytes() {
        Channel c = channel;
        ByteBuf in = pending;
        if (c == null) return 0;
        return Buffers.unsentBytes(c) + (in == null ? 0 : Memory.size(in));
    }

    void resume() {
        Channel c = channel;
        if (c != null && !closed && !c.config().isAutoRead()) c.config().setAutoRead(true);
    }

    void shutdownOutput() {
        if (channel instanceof SocketChannel socket && !closed) Buffers.shutdownOutput(socket);
    }

    // --- from the backend ---

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        context.channel().config().setRecvByteBufAllocator(new ReadSizes(loop, this::noMemory));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        loop.eventBegins();
        ByteBuf in = (ByteBuf) message;
        Exchange current = exchange;
        if (closed) {
            in.release();
            return;
        }
        if (current == null) {
            in.release();
            loop.tally.add(Counter.UPSTREAM_UNASKED_BYTES);
            close();
            return;
        }
        if (tunnel) {
            toFlush = true;
            current.tunnelToClient(in);
            return;
        }
        ByteBuf before = pending;
        pending = before == null ? in : Buffers.join(loop, before, in);
        read(current);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (!toFlush) return;
        toFlush = false;
        Exchange current = exchange;
        if (current != null) current.flushClient();
    }

    private void read(Exchange current) {
        while (pending != null && exchange == current) {
            ByteBuf in = pending;
            if (!headRead) {
                int length = loop.parseResponse(in);
                if (length == Head.NEED_MORE) {
                    current.responseBegan();
                    return;
                }
                if (length == Head.REFUSED) {
                    current.badResponse(loop.responseHead.refusal().sentence());
                    return;
                }
                readHead(current, in, length);
            } else {
                readBody(current, in, in.readerIndex());
            }
        }
    }

    private void readHead(Exchange current, ByteBuf in, int length) {
        ResponseHead head = loop.responseHead;
        if (head.isInterim()) {
            if (++interims > INTERIM_RESPONSES_MAX) {
                current.badResponse("It sent one interim response after the other.");
                return;
            }
            if (current.interim(head)) toFlush = true;
            in.skipBytes(length);
            if (!in.isReadable()) releasePending();
            return;
        }
        if (head.status() == 101) {
            if (!current.wantsWebSocket() || !head.switchesToWebSocket()) {
                current.badResponse("It switched protocols without being asked to.");
                return;
            }
            // First, because a write that fails while the tunnel opens ends this connection at once.
            in.skipBytes(length);
            tunnel = true;
            pending = null;
            toFlush = false;
            current.tunnelOpens(head);
            if (in.isReadable()) current.toClient(in);
            else in.release();
            current.flushClient();
            return;
        }
        frame(current, head);
        headRead = true;
        keepsAlive = head.keepsAlive() && !body.endsWithConnection() && !leavesDoubt(head);
        if (head.keepAliveSeconds() >= 0) {
            long said = (head.keepAliveSeconds() - 1L) * SECOND_NANOS;
            idleLimitNanos = Math.min(loop.settings.times().upstreamIdle().toNanos(), said);
            if (said <= 0) keepsAlive = false;
        }
        Output out = loop.rewritten;
        boolean chunked = head.isChunked() && !dataOnly && !current.bodyless(head);
        current.responseHead(head, chunked, body.endsWithConnection() || dataOnly, out);
        // The new head goes where the old one was if it fits, so that one buffer carries head and body.
        if (out.length() <= length) {
            int at = in.readerIndex() + length - out.length();
            in.setBytes(at, out.bytes(), 0, out.length());
            in.readerIndex(at);
            readBody(current, in, at + out.length());
        } else {
            ByteBuf written = loop.buffer(out.length()).writeBytes(out.bytes(), 0, out.length());
            current.toClient(written);
            toFlush = true;
            in.skipBytes(length);
            readBody(current, in, in.readerIndex());
        }
    }

    private void frame(Exchange current, ResponseHead head) {
        dataOnly = false;
        if (current.bodyless(head)) {
            body.none();
        } else if (head.isChunked()) {
            body.chunked();
            // HTTP/1.0 knows no chunks: the end of the connection ends the body there.
            dataOnly = !current.clientSpeaksHttp11();
        } else if (head.contentLength() >= 0) {
            body.length(head.contentLength());
        } else {
            body.untilClose();
        }
    }

    /** A response that has no body says that it has one: the backend may send it all the same. */
    private static boolean leavesDoubt(ResponseHead head) {
        return head.neverHasBody() && head.status() != 304 && (head.isChunked() || head.contentLength() > 0);
    }

    /** Passes on what is there of the body; the bytes before {@code from} are a head that goes with it. */
    private void readBody(Exchange current, ByteBuf in, int from) {
        int end = loop.advance(body, in, from, dataOnly);
        if (body.refusal() != null) {
            current.badResponse("Its chunked body is malformed.");
            return;
        }
        boolean more = end < in.writerIndex();
        pending = null;
        if (end == in.writerIndex() && passesWhole(from, end)) {
            if (in.isReadable()) current.toClient(in);
            else in.release();
        } else {
            if (from > in.readerIndex()) {
                current.toClient(in.retainedSlice(in.readerIndex(), from - in.readerIndex()));
            }
            if (loop.ranges.count() > 0) current.toClient(Buffers.parts(loop, in, loop.ranges));
            in.release();
        }
        toFlush = true;
        if (!body.complete()) {
            current.responseMoved();
            return;
        }
        toFlush = false;
        // Bytes after the end of a response belong to nothing: the two sides do not agree on where it ended.
        if (more) loop.tally.add(Counter.UPSTREAM_UNASKED_BYTES);
        current.responseComplete(keepsAlive && !more);
    }

    private boolean passesWhole(int from, int end) {
        if (from == end) return true;
        return loop.ranges.count() == 1 && loop.ranges.from(0) == from && loop.ranges.to(0) == end;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        loop.eventBegins();
        Exchange current = exchange;
        if (current != null && !closed) current.upstreamWritabilityChanged();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        loop.eventBegins();
        if (event == ChannelInputShutdownEvent.INSTANCE) ended(false);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        loop.eventBegins();
        ended(false);
        close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        loop.eventBegins();
        if (Buffers.noMemory(cause)) {
            noMemory();
            return;
        }
        ended(true);
        close();
    }

    /** It can go no further for want of something here: no backend is to blame. */
    private void noMemory() {
        if (closed) return;
        loop.eventBegins();
        loop.tally.add(Counter.ENDED_FOR_MEMORY);
        Exchange current = exchange;
        close();
        if (current != null) current.noMemory();
    }

    /** No more bytes will come. */
    private void ended(boolean broken) {
        if (closed) return;
        Exchange current = exchange;
        if (current == null) {
            close();
            return;
        }
        if (tunnel) {
            if (broken) current.tunnelBroke();
            else current.upstreamFinished();
        } else if (headRead && body.endsWithConnection() && !broken) {
            current.responseComplete(false);
        } else {
            current.upstreamLost(headRead || pending != null, broken);
        }
    }
}
