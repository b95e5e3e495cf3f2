package muster.haproxy;

import java.io.IOException;
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
 * HAProxy's runtime API on the socket of its master process ({@code haproxy -W -S}), which hands on to the workers. So no
 * configuration has to open one. A connection per command, as HAProxy closes it after the answer. Blocks; threads: any.
 */
public final class RuntimeApi {
    /** Ten times the state of 10,000 servers. */
    private static final int ANSWER_BYTES_MAX = 16 << 20;

    /** HAProxy cuts a longer command off; its buffers have 16 KiB. */
    static final int COMMAND_BYTES_MAX = 15 << 10;

    /** Puts a command to the current worker, whatever its process is. */
    private static final String WORKER = "@1 ";

    private final UnixDomainSocketAddress address;
    private final Duration timeout;

    private RuntimeApi(UnixDomainSocketAddress address, Duration timeout) {
        this.address = address;
        this.timeout = timeout;
    }

    /**
     * On this socket.
     *
     * @param timeout for a command and its answer together
     */
    public static RuntimeApi at(Path socket, Duration timeout) {
        return new RuntimeApi(UnixDomainSocketAddress.of(socket), timeout);
    }

    /** Puts one command to the worker that serves; otherwise as {@link #ask}. */
    public String askWorker(String command) throws IOException {
        return ask(WORKER + command);
    }

    /**
     * Puts one command to the master.
     *
     * @return the answer, without blanks around it
     * @throws NoAnswer if there is none in time, with what to look at
     * @throws IOException if nobody can be asked, likewise
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
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                Selector selector = Selector.open()) {
            channel.configureBlocking(false);
            connect(channel, selector, deadlineNanos);
            write(channel, selector, ByteBuffer.wrap(bytes), deadlineNanos);
            channel.shutdownOutput(); // the master waits for more commands otherwise
            return read(channel, selector, deadlineNanos);
        } catch (TimeIsOver e) {
            throw new NoAnswer(
                    "HAProxy's socket " + address + ": no answer within " + timeout.toMillis() + " ms",
                    command.startsWith("@"));
        } catch (IOException e) {
            throw new IOException("HAProxy's socket " + address + ": " + e.getMessage(), e);
        }
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
        // What came while this process itself was not running counts.
        if ((leftMillis > 0 ? selector.select(leftMillis) : selector.selectNow()) == 0) {
            throw new TimeIsOver();
        }
        selector.selectedKeys().clear();
    }

    private static final class TimeIsOver extends IOException {
        private static final long serialVersionUID = 1;
    }
}
