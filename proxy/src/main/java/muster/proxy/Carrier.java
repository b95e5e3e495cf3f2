package muster.proxy;

import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.StandardSocketOptions;

/** Netty's classes for one {@link Transport}. */
record Carrier(
        Transport transport,
        IoHandlerFactory handlers,
        Class<? extends ServerSocketChannel> listener,
        Class<? extends SocketChannel> connection,
        ChannelOption<Boolean> reusePort) {

    /** The wanted one; {@link Transport#AUTO} takes the best there is, the others say what they lack. */
    static Carrier of(Transport wanted) {
        return switch (wanted) {
            case AUTO -> Epoll.isAvailable() ? epoll() : nio();
            case EPOLL -> {
                need(Epoll.isAvailable(), "epoll", Epoll.unavailabilityCause());
                yield epoll();
            }
            case IO_URING -> {
                need(IoUring.isAvailable(), "io_uring", IoUring.unavailabilityCause());
                yield uring();
            }
            case NIO -> nio();
        };
    }

    private static void need(boolean available, String name, Throwable cause) {
        if (!available) {
            throw new IllegalArgumentException(
                    name + " is not available here (" + cause.getMessage() + "); use the transport auto", cause);
        }
    }

    private static Carrier epoll() {
        return new Carrier(
                Transport.EPOLL,
                EpollIoHandler.newFactory(),
                EpollServerSocketChannel.class,
                EpollSocketChannel.class,
                UnixChannelOption.SO_REUSEPORT);
    }

    private static Carrier uring() {
        return new Carrier(
                Transport.IO_URING,
                IoUringIoHandler.newFactory(),
                IoUringServerSocketChannel.class,
                IoUringSocketChannel.class,
                UnixChannelOption.SO_REUSEPORT);
    }

    private static Carrier nio() {
        return new Carrier(
                Transport.NIO,
                NioIoHandler.newFactory(),
                NioServerSocketChannel.class,
                NioSocketChannel.class,
                NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT));
    }
}
