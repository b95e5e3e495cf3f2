package muster.haproxy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/**
 * HAProxy's runtime API on its {@code stats socket}. A connection per command, as HAProxy closes it after the answer.
 * Blocks; threads: any.
 */
public final class RuntimeApi {
    /** Ten times the state of 10,000 servers. */
    private static final int ANSWER_BYTES_MAX = 16 << 20;

    /** HAProxy cuts a longer command off; its buffers have 16 KiB. */
    static final int COMMAND_BYTES_MAX = 15 << 10;

    private final SocketAddress address;
    private final Duration timeout;

    private RuntimeApi(SocketAddress address, Duration timeout) {
        this.address = address;
        this.timeout = timeout;
    }

    /**
     * On a socket in the file system.
     *
     * @param timeout for a command and its answer together
     */
    public static RuntimeApi at(Path socket, Duration timeout) {
        return new RuntimeApi(UnixDomainSocketAddress.of(socket), timeout);
    }

    /**
     * On a TCP port.
     *
     * @param timeout for a command and its answer together
     */
    public static RuntimeApi at(InetSocketAddress address, Duration timeout) {
        return new RuntimeApi(address, timeout);
    }

    /**
     * Sends one command.
     *
     * @return the answer, without blanks around it
     * @throws IOException if there is none, with what to look at
     */
    public String ask(String command) throws IOException {
        if (command.chars().anyMatch(c -> c < ' ' || c == ';' || c == '\\' || c == 0x7f)) {
            throw new IllegalArgumentException("not one command: " + command);
        }
        byte[] bytes = (command + "\n").getBytes(StandardCharsets.UTF_8);
        if (bytes.length > COMMAND_BYTES_MAX) {
            throw new IOException("a command of " + bytes.length + " bytes is longer than HAProxy takes");
        }
        long deadlineNanos = System.nanoTime() + timeout.toNanos();
        try (SocketChannel channel = open();
                Selector selector = Selector.open()) {
            channel.configureBlocking(false);
            connect(channel, selector, deadlineNanos);
            write(channel, selector, ByteBuffer.wrap(bytes), deadlineNanos);
            return read(channel, selector, deadlineNanos);
        } catch (IOException e) {
            throw new IOException("HAProxy's socket " + address + ": " + e.getMessage(), e);
        }
    }

    private SocketChannel open() throws IOException {
        return address instanceof UnixDomainSocketAddress
                ? SocketChannel.open(StandardProtocolFamily.UNIX)
                : SocketChannel.open();
    }

    private void connect(SocketChannel channel, Selector selector, long deadlineNanos) throws IOException {
        if (!channel.connect(address)) {
            do {
                await(channel, selector, SelectionKey.OP_CONNECT, deadlineNanos);
            } while (!channel.finishConnect());
        }
    }

    private void write(SocketChannel channel, Selector selector, ByteBuffer bytes, long deadlineNanos)
            throws IOException {
        while (channel.write(bytes) == 0 || bytes.hasRemaining()) {
            await(channel, selector, SelectionKey.OP_WRITE, deadlineNanos);
        }
    }

    private String read(SocketChannel channel, Selector selector, long deadlineNanos) throws IOException {
        ByteBuffer answer = ByteBuffer.allocate(4_096);
        while (true) {
            int count = channel.read(answer);
            if (count < 0) {
                return new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8).strip();
            }
            if (count == 0) {
                await(channel, selector, SelectionKey.OP_READ, deadlineNanos);
            }
            if (!answer.hasRemaining()) {
                if (answer.capacity() >= ANSWER_BYTES_MAX) {
                    throw new IOException("an answer of more than " + ANSWER_BYTES_MAX + " bytes");
                }
                answer = ByteBuffer.allocate(2 * answer.capacity()).put(answer.flip());
            }
        }
    }

    private void await(SocketChannel channel, Selector selector, int operation, long deadlineNanos) throws IOException {
        channel.register(selector, operation);
        long leftMillis = (deadlineNanos - System.nanoTime()) / 1_000_000;
        if (leftMillis <= 0 || selector.select(leftMillis) == 0) {
            throw new IOException("no answer within " + timeout.toMillis() + " ms");
        }
        selector.selectedKeys().clear();
    }
}
