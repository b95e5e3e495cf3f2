package muster.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.SocketChannel;

/** What Netty's buffers and channels need in more than one place. */
@SuppressWarnings("FutureReturnValueIgnored") // A failed write or close shows as the end of the connection.
final class Buffers {
    private Buffers() {}

    /** The bytes of both in one buffer; takes over both. */
    static ByteBuf join(ByteBufAllocator allocator, ByteBuf first, ByteBuf second) {
        if (first.refCnt() == 1 && first.writableBytes() >= second.readableBytes()) {
            first.writeBytes(second);
            second.release();
            return first;
        }
        // Twice the size, so that a message that comes byte by byte is not copied for each of them.
        int bytes = first.readableBytes() + second.readableBytes();
        ByteBuf both = allocator.directBuffer(2 * bytes);
        both.writeBytes(first).writeBytes(second);
        first.release();
        second.release();
        return both;
    }

    /** Nothing written is still waiting in this process. */
    static boolean allSent(Channel channel) {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        return waiting == null || waiting.isEmpty();
    }

    /** Of what was written, how much is still waiting in this process; Netty's own overhead is counted too. */
    static long unsentBytes(Channel channel) {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        return waiting == null ? 0 : waiting.totalPendingWriteBytes();
    }

    /** Says "no more" after all that was written; Netty's own call would drop what is not sent yet. */
    static void shutdownOutput(SocketChannel channel) {
        if (!channel.isActive()) return;
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> {
            if (channel.isActive()) channel.shutdownOutput();
        });
    }
}
