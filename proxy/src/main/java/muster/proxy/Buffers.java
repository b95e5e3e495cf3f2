package muster.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.BindException;
import muster.proxy.http1.Ranges;

/** What Netty's buffers and channels need in more than one place. */
@SuppressWarnings("FutureReturnValueIgnored") // A failed write or close shows as the end of the connection.
final class Buffers {
    /** In the kernel's numbers for the states of a TCP connection: there is none any more. */
    private static final int TCP_CLOSE = 7;

    private Buffers() {}

    /** The bytes of both in one buffer; takes over both. */
    static ByteBuf join(Loop loop, ByteBuf first, ByteBuf second) {
        if (first.refCnt() == 1 && first.writableBytes() >= second.readableBytes()) {
            first.writeBytes(second);
            second.release();
            return first;
        }
        // Twice the size, so that a message that comes byte by byte is not copied for each of them.
        int bytes = first.readableBytes() + second.readableBytes();
        ByteBuf both = loop.buffer(2 * bytes);
        both.writeBytes(first).writeBytes(second);
        first.release();
        second.release();
        return both;
    }

    /** These parts of {@code in} as one buffer, which is a view of it where that will do. */
    static ByteBuf parts(Loop loop, ByteBuf in, Ranges ranges) {
        int count = ranges.count();
        if (count == 1) return in.retainedSlice(ranges.from(0), ranges.to(0) - ranges.from(0));
        // Many small views would be many times the size of what they show.
        int bytes = 0;
        for (int n = 0; n < count; n++) bytes += ranges.to(n) - ranges.from(n);
        ByteBuf copy = loop.buffer(Math.max(1, bytes));
        for (int n = 0; n < count; n++) {
            copy.writeBytes(in, ranges.from(n), ranges.to(n) - ranges.from(n));
        }
        return copy;
    }

    /** From this mark on the channel is not writable; decided anew for each write. */
    static void limitUnsent(Channel channel, WriteBufferWaterMark mark) {
        ChannelConfig config = channel.config();
        if (config.getWriteBufferWaterMark() != mark) config.setWriteBufferWaterMark(mark);
    }

    /** Nothing written is still waiting in this process. */
    static boolean allSent(Channel channel) {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        return waiting == null || waiting.isEmpty();
    }

    /** How much of what was written is still waiting in this process, as {@link Memory#size}; Netty's own overhead is counted too. */
    static long unsentBytes(Channel channel) {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        return waiting == null ? 0 : waiting.totalPendingWriteBytes();
    }

    /**
     * Whether its peer has reset it, as far as that can be known without reading. With epoll the channel closes by itself;
     * the JDK's sockets do not tell.
     */
    static boolean isReset(Channel channel) {
        return channel instanceof IoUringSocketChannel socket
                && socket.isOpen()
                && socket.tcpInfo().state() == TCP_CLOSE;
    }

    /** Whether a connection failed because no local port is left for it, and not because of its peer. */
    static boolean noLocalPort(Throwable cause) {
        // The JDK's exception, which Netty wraps, or Netty's own with EADDRNOTAVAIL; the words depend on the locale.
        return cause.getCause() instanceof BindException
                || String.valueOf(cause.getMessage()).contains("error(-99)");
    }

    /** Whether what went wrong is that there was no memory for a buffer. */
    static boolean noMemory(Throwable cause) {
        return cause instanceof OutOfMemoryError || cause.getCause() instanceof OutOfMemoryError;
    }

    /** Says "no more" after all that was written; Netty's own call would drop what is not sent yet. */
    static void shutdownOutput(SocketChannel channel) {
        if (!channel.isActive()) return;
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> {
            if (channel.isActive()) channel.shutdownOutput();
        });
    }
}
