package muster.proxy;

import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Netty's classes for one {@link Transport}. */
record Carrier(
        Transport transport,
        IoHandlerFactory handlers,
        Class<? extends ServerSocketChannel> listener,
        Class<? extends SocketChannel> connection,
        ChannelOption<Boolean> reusePort) {

    private static final Pattern KERNEL = Pattern.compile("(\\d{1,4})\\.(\\d{1,4})");

    /** The wanted one; {@link Transport#AUTO} takes the best there is, the others say what they lack. */
    static Carrier of(Transport wanted) {
        return switch (wanted) {
            case AUTO -> kernelIsRipe() && IoUring.isAvailable() ? uring() : Epoll.isAvailable() ? epoll() : nio();
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

    /**
     * io_uring took years to become dependable; 6.1 is the first long-term kernel after the last big changes to its network
     * part. Where it is younger, or forbidden as in many containers, epoll does the same work.
     */
    private static boolean kernelIsRipe() {
        String version = System.getProperty("os.version", "");
        Matcher numbers = KERNEL.matcher(version);
        if (!numbers.lookingAt()) return false;
        int major = Integer.parseInt(numbers.group(1));
        return major > 6 || (major == 6 && Integer.parseInt(numbers.group(2)) >= 1);
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
                EpollKept.newFactory(),
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
