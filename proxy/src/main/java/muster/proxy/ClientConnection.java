package muster.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.NetUtil;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import muster.proxy.http1.ForwardedFor;
import muster.proxy.http1.Head;
import muster.proxy.http1.Refusal;
import org.jspecify.annotations.Nullable;

/**
 * One client: reads its requests one after the other and hands each to the {@link Exchange}; the next one waits until the
 * answer to the one before is complete, so pipelined requests are answered in order. Its loop's thread only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A failed write or close shows as the end of the connection.
final class ClientConnection extends ChannelInboundHandlerAdapter {
    /** Pipelined bytes kept while an exchange goes on; more stay in the kernel. */
    private static final int PIPELINED_BYTES_MAX = 64 << 10;

    /** What a client that was refused may still send, so that the answer is not destroyed by a reset. */
    private static final long LINGER_BYTES_MAX = 1 << 20;

    private static final Duration LINGER = Duration.ofSeconds(2);

    /** A client that was quiet for this long will hardly ask just when a draining proxy closes it. */
    private static final Duration DRAIN_QUIET = Duration.ofSeconds(1);

    /** Between two looks at a client that is not read: io_uring says nothing of a reset then. */
    private static final Duration RESET_LOOK = Duration.ofSeconds(1);

    private enum State {
        /** Waiting for a request, or reading its head. */
        HEAD,
        EXCHANGE,
        TUNNEL,
        /** Answered for the last time; what the client still sends is dropped until it closes. */
        LINGER,
        CLOSED
    }

    final Loop loop;
    final Channel channel;
    private final Exchange exchange;
    private final TimerWheel.Timer timer = new TimerWheel.Timer(this::timedOut);
    private final TimerWheel.Timer resetTimer = new TimerWheel.Timer(this::lookForReset);
    private final ForwardedFor forwardedFor;

    private State state = State.HEAD;
    private @Nullable ByteBuf pending;
    private int listIndex = -1;
    private boolean headBegun;
    private boolean inputEnded;
    private boolean consuming;
    private boolean closesAfterFlush;
    private long lingered;
    private long writtenBytes;
    /** How much the client had taken when the timer last rang; differences mean something. */
    private long takenBytes;

    ClientConnection(Loop loop, Channel channel) {
        this.loop = loop;
        this.channel = channel;
        InetSocketAddress peer = (InetSocketAddress) channel.remoteAddress();
        InetSocketAddress local = (InetSocketAddress) channel.localAddress();
        forwardedFor = new ForwardedFor(
                peer == null ? "unknown" : NetUtil.toAddressString(peer.getAddress()),
                local == null ? "localhost" : authorityHost(local.getAddress()),
                local == null ? 0 : local.getPort(),
                peer != null && isTrusted(peer.getAddress()));
        exchange = new Exchange(this);
    }

    private boolean isTrusted(InetAddress peer) {
        for (Cidr network : loop.settings.trusted()) {
            if (network.contains(peer)) return true;
        }
        return false;
    }

    private static String authorityHost(InetAddress address) {
        String text = NetUtil.toAddressString(address);
        return address instanceof Inet6Address ? "[" + text + "]" : text;
    }

    // --- life ---

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        loop.eventBegins();
        channel.config().setRecvByteBufAllocator(new ReadSizes(loop, this::noMemory));
        loop.tally.add(Counter.CONNECTIONS);
        listIndex = loop.clients.size();
        loop.clients.add(this);
        loop.openClients = loop.clients.size();
        loop.setTimer(timer, loop.settings.times().head());
    }

    private void end() {
        if (state == State.CLOSED) return;
        state = State.CLOSED;
        loop.wheel.remove(timer);
        loop.wheel.remove(resetTimer);
        releasePending();
        exchange.clientGone();
        ClientConnection last = loop.clients.removeLast();
        if (last != this) {
            loop.clients.set(listIndex, last);
            last.listIndex = listIndex;
        }
        loop.openClients = loop.clients.size();
        loop.shared.clients().decrementAndGet();
    }

    private void releasePending() {
        ByteBuf left = pending;
        pending = null;
        if (left != null) left.release();
    }

    void close() {
        channel.close();
    }

    /** Closes so that the client cannot take a cut response for a whole one. */
    void abort() {
        if (channel instanceof SocketChannel socket && socket.isOpen())
            socket.config().setSoLinger(0);
        channel.close();
    }

    /** Closes when all is sent, and not before the client has had time to read it. */
    private void finish() {
        if (state == State.CLOSED) return;
        boolean unread = !exchange.requestRead() || pending != null;
        releasePending();
        state = State.LINGER;
        closesAfterFlush = true;
        loop.setTimer(timer, loop.settings.times().body());
        channel.flush();
        if (!channel.isOpen()) return;
        setReading(true);
        if (Buffers.allSent(channel)) {
            flushedAll(unread);
        } else {
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> flushedAll(unread));
        }
    }

    private void flushedAll(boolean unread) {
        loop.eventBegins();
        if (state != State.LINGER) return;
        // A close with unread bytes is a reset, and a reset may overtake the answer: let the client close first.
        if (unread && !inputEnded && channel instanceof SocketChannel socket && socket.isActive()) {
            socket.shutdownOutput();
            loop.setTimer(timer, LINGER);
        } else {
            channel.close();
        }
    }

    // --- towards the client ---

    void write(ByteBuf part) {
        if (state == State.CLOSED || closesAfterFlush) {
            part.release();
            return;
        }
        // See Loop.buffer: there was no memory for it.
        if (!part.isDirect()) {
            part.release();
            noMemory();
            return;
        }
        writtenBytes += Memory.size(part);
        loop.tally.add(Counter.BYTES_TO_CLIENTS, part.readableBytes());
        Buffers.limitUnsent(channel, loop.memory.mark());
        channel.write(part, channel.voidPromise());
    }

    void flush() {
        channel.flush();
    }

    boolean isWritable() {
        return channel.isWritable();
    }

    /** In buffers, both ways, but for what its upstream connection holds. */
    long heldBytes() {
        ByteBuf in = pending;
        return Buffers.unsentBytes(channel) + exchange.heldBytes() + (in == null ? 0 : Memory.size(in));
    }

    void shutdownOutput() {
        if (channel instanceof SocketChannel socket) Buffers.shutdownOutput(socket);
    }

    /** Both sides of the tunnel have ended. */
    void finishTunnel() {
        finish();
    }

    ForwardedFor forwardedFor() {
        return forwardedFor;
    }

    boolean isConsuming() {
        return consuming;
    }

    void expectProgressWithin(Duration limit) {
        loop.setTimer(timer, limit);
    }

    void answer(Answer answer) {
        loop.tally.add(Counter.ANSWERS_OWN);
        loop.tally.answered(answer.status());
        write(answer.in(loop));
        flush();
    }

    // --- from the client ---

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        loop.eventBegins();
        ByteBuf in = (ByteBuf) message;
        loop.tally.add(Counter.BYTES_FROM_CLIENTS, in.readableBytes());
        switch (state) {
            case HEAD, EXCHANGE -> {
                ByteBuf before = pending;
                pending = before == null ? in : Buffers.join(loop, before, in);
                consume();
            }
            case TUNNEL -> exchange.tunnelToBackend(in);
            case LINGER -> {
                lingered += in.readableBytes();
                in.release();
                if (lingered > LINGER_BYTES_MAX) channel.close();
            }
            case CLOSED -> in.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (state == State.TUNNEL) exchange.flushBackend();
    }

    /** Goes on with what is there, as far as the state allows. */
    void consume() {
        if (consuming) return;
        consuming = true;
        try {
            takeAll();
        } finally {
            consuming = false;
        }
        if (state == State.EXCHANGE || state == State.TUNNEL) exchange.flushBackend();
        updateReading();
        if (inputEnded) inputEndedNow();
    }

    private void takeAll() {
        boolean progress = true;
        while (progress && pending != null) {
            progress = switch (state) {
                case HEAD -> takeHead();
                case EXCHANGE -> takeBody();
                case TUNNEL -> {
                    exchange.tunnelToBackend(takePending());
                    yield false;
                }
                case LINGER, CLOSED -> {
                    releasePending();
                    yield false;
                }
            };
        }
    }

    private ByteBuf takePending() {
        ByteBuf all = pending;
        pending = null;
        if (all == null) throw new IllegalStateException("nothing pending");
        return all;
    }

    private boolean takeHead() {
        ByteBuf in = pending;
        // Each answer could be held whole: who does not read gets no more of them.
        if (in == null || !channel.isWritable()) return false;
        int length = loop.parseRequest(in);
        if (length == Head.NEED_MORE) {
            if (!headBegun) {
                headBegun = true;
                loop.setTimer(timer, loop.settings.times().head());
            }
            if (in.readableBytes() >= Memory.LEAST_BYTES && loop.memory.isOverdrawn()) {
                loop.tally.add(Counter.REQUESTS);
                loop.tally.add(Counter.REQUESTS_OVER_MEMORY);
                answer(Answer.NO_MEMORY);
                finish();
            }
            return false;
        }
        if (length == Head.REFUSED) {
            refuse(loop.requestHead.refusal());
            return false;
        }
        headBegun = false;
        in.skipBytes(length);
        if (!in.isReadable()) releasePending();
        state = State.EXCHANGE;
        exchange.begin(loop.requestHead);
        return true;
    }

    private boolean takeBody() {
        ByteBuf in = pending;
        if (in == null || exchange.requestRead() || !exchange.takesBody()) return false;
        int start = in.readerIndex();
        int end = loop.advance(exchange.requestBody(), in, start, false);
        Refusal refusal = exchange.requestBody().refusal();
        if (refusal == null && exchange.requestBodyTooLong()) refusal = Refusal.BODY_TOO_LONG;
        if (refusal != null) {
            exchange.refused(refusal);
            return false;
        }
        boolean whole = end == in.writerIndex()
                && loop.ranges.count() == 1
                && loop.ranges.from(0) == start
                && loop.ranges.to(0) == end;
        if (whole) {
            exchange.toBackend(takePending());
        } else {
            ByteBuf parts = Buffers.parts(loop, in, loop.ranges);
            in.readerIndex(end);
            if (!in.isReadable()) releasePending();
            exchange.toBackend(parts);
        }
        return true;
    }

    /** A request that cannot be understood: answered, and nothing after it on this connection can be trusted. */
    private void refuse(Refusal refusal) {
        loop.tally.add(Counter.REQUESTS);
        loop.tally.add(
                refusal == Refusal.HEAD_TOO_LONG
                                || refusal == Refusal.LINE_TOO_LONG
                                || refusal == Refusal.TOO_MANY_FIELDS
                        ? Counter.REQUESTS_HEAD_TOO_LONG
                        : Counter.REQUESTS_MALFORMED);
        answer(Answer.refusing(refusal));
        finish();
    }

    /** The exchange is over; {@code keep} when the connection may carry another one. */
    void exchangeOver(boolean keep) {
        if (state == State.CLOSED || state == State.LINGER) return;
        boolean ended = inputEnded && pending == null;
        if (!keep || ended || loop.draining || !exchange.requestRead()) {
            finish();
            return;
        }
        state = State.HEAD;
        headBegun = false;
        goOnAfterAnswers();
    }

    /** Takes the next request, or waits for one; while the client has much unread it waits for that first. */
    private void goOnAfterAnswers() {
        ProxySettings.Times times = loop.settings.times();
        loop.setTimer(timer, channel.isWritable() ? times.clientIdle() : times.body());
        if (pending != null) consume();
        else updateReading();
    }

    /** The exchange became a tunnel. */
    void tunnelOpened() {
        state = State.TUNNEL;
        loop.setTimer(timer, loop.settings.times().tunnel());
    }

    void drain() {
        if (state == State.HEAD && !headBegun && pending == null) {
            loop.wheel.remove(timer);
            loop.setTimer(timer, DRAIN_QUIET);
        }
    }

    void updateReading() {
        switch (state) {
            case HEAD -> setReading(channel.isWritable());
            case LINGER -> setReading(true);
            case EXCHANGE -> {
                boolean bodyWanted = exchange.requestRead() || exchange.takesBody();
                int most = Math.min(PIPELINED_BYTES_MAX, loop.memory.shareBytes());
                setReading(bodyWanted && (pending == null || pending.readableBytes() < most));
            }
            case TUNNEL -> setReading(exchange.takesBody());
            case CLOSED -> {}
        }
    }

    private void setReading(boolean wanted) {
        if (channel.config().isAutoRead() == wanted) return;
        channel.config().setAutoRead(wanted);
        if (!wanted) {
            exchange.waits();
            loop.setTimer(resetTimer, RESET_LOOK);
        }
    }

    private void lookForReset() {
        if (state == State.CLOSED || channel.config().isAutoRead()) return;
        if (Buffers.isReset(channel)) channel.close();
        else loop.setTimer(resetTimer, RESET_LOOK);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        loop.eventBegins();
        switch (state) {
            case HEAD -> {
                if (channel.isWritable()) goOnAfterAnswers();
            }
            case EXCHANGE, TUNNEL -> exchange.clientWritabilityChanged();
            case LINGER, CLOSED -> {}
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        loop.eventBegins();
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            inputEnded = true;
            inputEndedNow();
        }
    }

    /** The client will send nothing more; it may still read. */
    private void inputEndedNow() {
        switch (state) {
            case HEAD -> {
                // Half a head, or nothing: either way there is no question. The last answer may still be on its way.
                // Unless it has questions left that wait until it has read the answers before.
                if (pending == null || channel.isWritable()) finish();
            }
            case EXCHANGE -> {
                if (!exchange.requestRead() && pending == null) {
                    channel.close();
                }
            }
            case TUNNEL -> exchange.tunnelInputEnded();
            case LINGER -> {
                if (Buffers.allSent(channel)) channel.close();
            }
            case CLOSED -> {}
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        loop.eventBegins();
        end();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        loop.eventBegins();
        if (Buffers.noMemory(cause)) noMemory();
        else channel.close();
    }

    private void noMemory() {
        if (!channel.isOpen()) return;
        loop.eventBegins();
        loop.tally.add(Counter.ENDED_FOR_MEMORY);
        abort();
    }

    private void timedOut() {
        boolean reads = clientReads();
        switch (state) {
            case HEAD -> {
                if (headBegun) {
                    loop.tally.add(Counter.REQUESTS);
                    loop.tally.add(Counter.REQUESTS_HEAD_TIMEOUT);
                    answer(Answer.HEAD_TIMEOUT);
                    finish();
                } else if (!channel.isWritable() && !loop.draining) {
                    // Its next request waits until it has read the answers to those before.
                    if (reads) {
                        expectProgressWithin(loop.settings.times().body());
                    } else {
                        loop.tally.add(Counter.CLIENTS_STALLED);
                        abort();
                    }
                } else if (!Buffers.allSent(channel)) {
                    // It is not idle: it still reads the last answer.
                    finish();
                } else {
                    loop.tally.add(Counter.CLIENTS_IDLE_CLOSED);
                    channel.close();
                }
            }
            case EXCHANGE -> {
                if (reads && exchange.isAnswered())
                    expectProgressWithin(loop.settings.times().body());
                else exchange.timedOut();
            }
            case TUNNEL -> {
                loop.tally.add(Counter.TUNNELS_IDLE_CLOSED);
                channel.close();
            }
            case LINGER -> {
                if (reads) expectProgressWithin(loop.settings.times().body());
                else channel.close();
            }
            case CLOSED -> {}
        }
    }

    /** Whether it took some of what was written since this was last asked, and has more to take: slow is not stalled. */
    private boolean clientReads() {
        long before = takenBytes;
        takenBytes = writtenBytes - Buffers.unsentBytes(channel);
        return takenBytes != before && !Buffers.allSent(channel);
    }
}
