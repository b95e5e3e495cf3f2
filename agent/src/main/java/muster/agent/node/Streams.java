package muster.agent.node;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import muster.gossip.Address;
import muster.gossip.Input;
import muster.gossip.wire.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The TCP streams of one node, all on its selector and thread. One limit in time covers a whole exchange, so a peer that
 * sends a byte now and then holds a stream no longer than an honest one; limits in number and bytes cover the rest.
 */
final class Streams {
    /** Memberlist closes silently from the 128th concurrent exchange on. */
    static final int ACCEPTED_MAX = 128;

    /** A node with a hundred thousand members joins a few at a time; more are retried by the core. */
    static final int OPENED_MAX = 128;

    /** Bytes taken in by all open streams together: two full states of the largest size, whoever sends them. */
    static final long BYTES_TAKEN_MAX = 40L << 20;

    private static final int READ_BYTES = 64 << 10;
    private static final Duration ACCEPT_PAUSE = Duration.ofMillis(200); // after a failed accept

    private final Selector selector;
    private final ServerSocketChannel listener;
    private final Duration limit;
    private final Consumer<Input> inputs;
    private final Counters counters;
    private final Map<Long, Stream> open = new HashMap<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BYTES);
    private long nextAccepted = -1;
    private int accepted;
    private long bytesTaken;
    private long acceptAgainNanos = Long.MAX_VALUE;

    Streams(
            Selector selector,
            ServerSocketChannel listener,
            Duration limit,
            Consumer<Input> inputs,
            Counters counters) {
        this.selector = selector;
        this.listener = listener;
        this.limit = limit;
        this.inputs = inputs;
        this.counters = counters;
    }

    private static final class Stream {
        final long number;
        final Address peer;
        final SocketChannel channel;
        final long deadlineNanos;
        final ArrayDeque<ByteBuffer> unsent = new ArrayDeque<>();
        boolean connected;
        boolean closing;
        long taken;

        Stream(long number, Address peer, SocketChannel channel, long deadlineNanos) {
            this.number = number;
            this.peer = peer;
            this.channel = channel;
            this.deadlineNanos = deadlineNanos;
        }
    }

    /** The nearest time at which {@link #expire} has work; {@link Long#MAX_VALUE} for none. */
    long nextDeadline() {
        long next = acceptAgainNanos;
        for (Stream stream : open.values()) {
            next = Math.min(next, stream.deadlineNanos);
        }
        return next;
    }

    int count() {
        return open.size();
    }

    /** Takes every connection that waits. */
    void accept(long nowNanos) {
        while (true) {
            SocketChannel channel = null;
            try {
                channel = listener.accept();
                if (channel == null) {
                    return;
                }
                if (accepted >= ACCEPTED_MAX) {
                    counters.count("streams-refused");
                    channel.close();
                    continue;
                }
                channel.configureBlocking(false);
                Address peer = Addresses.of((InetSocketAddress) channel.getRemoteAddress());
                var stream = new Stream(nextAccepted--, peer, channel, nowNanos + limit.toNanos());
                stream.connected = true;
                channel.register(selector, SelectionKey.OP_READ, stream);
                open.put(stream.number, stream);
                accepted++;
                inputs.accept(new Input.StreamAccepted(stream.number, peer));
            } catch (IOException e) {
                // Out of descriptors, most likely: the connection stays in the queue and would wake us at once again.
                counters.count("accept-failures");
                closeQuietly(channel);
                acceptAgainNanos = nowNanos + ACCEPT_PAUSE.toNanos();
                interestInAccept(false);
                return;
            }
        }
    }

    void open(long nowNanos, long number, Address to) {
        if (open.size() - accepted >= OPENED_MAX) {
            counters.count("streams-not-opened");
            inputs.accept(new Input.StreamClosed(number, dial(to) + "too many streams are open"));
            return;
        }
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open();
            channel.configureBlocking(false);
            var stream = new Stream(number, to, channel, nowNanos + limit.toNanos());
            boolean connected = channel.connect(Addresses.socketAddress(to));
            open.put(number, stream);
            if (connected) {
                channel.register(selector, SelectionKey.OP_READ, stream);
                stream.connected = true;
                inputs.accept(new Input.StreamConnected(number));
            } else {
                channel.register(selector, SelectionKey.OP_CONNECT, stream);
            }
        } catch (IOException | RuntimeException e) { // an address of a kind this host has not is a RuntimeException
            closeQuietly(channel);
            open.remove(number);
            inputs.accept(new Input.StreamClosed(number, dial(to) + "connect: " + reason(e)));
        }
    }

    void write(long number, Bytes bytes) {
        Stream stream = open.get(number);
        if (stream == null || stream.closing) {
            return; // broken meanwhile; the core has been told
        }
        stream.unsent.add(ByteBuffer.wrap(bytes.array()).asReadOnlyBuffer());
        if (stream.connected) {
            flush(stream);
        }
    }

    /** Sends what is unsent, then closes. */
    void close(long number) {
        Stream stream = open.get(number);
        if (stream != null) {
            stream.closing = true;
            if (stream.connected) {
                flush(stream);
            } else {
                forget(stream);
            }
        }
    }

    /** Handles a selected key of one of these streams. */
    void ready(SelectionKey key) {
        var stream = (Stream) key.attachment();
        if (key.isValid() && key.isConnectable()) {
            connected(stream, key);
        }
        if (key.isValid() && key.isReadable()) {
            read(stream);
        }
        if (key.isValid() && key.isWritable()) {
            flush(stream);
        }
    }

    /** Ends every stream whose time is over. */
    void expire(long nowNanos) {
        if (nowNanos < nextDeadline()) {
            return;
        }
        if (nowNanos >= acceptAgainNanos) {
            acceptAgainNanos = Long.MAX_VALUE;
            interestInAccept(true);
        }
        for (Stream stream : new ArrayList<>(open.values())) {
            if (nowNanos >= stream.deadlineNanos) {
                counters.count("streams-timed-out");
                String where = stream.connected ? "" : dial(stream.peer);
                broke(stream, where + "i/o timeout");
            }
        }
    }

    void closeAll() {
        for (Stream stream : new ArrayList<>(open.values())) {
            forget(stream);
        }
        closeQuietly(listener);
    }

    private void interestInAccept(boolean on) {
        SelectionKey key = listener.keyFor(selector);
        if (key != null && key.isValid()) {
            key.interestOps(on ? SelectionKey.OP_ACCEPT : 0);
        }
    }

    private void connected(Stream stream, SelectionKey key) {
        try {
            stream.channel.finishConnect();
        } catch (IOException e) {
            broke(stream, dial(stream.peer) + "connect: " + reason(e));
            return;
        }
        stream.connected = true;
        key.interestOps(SelectionKey.OP_READ);
        inputs.accept(new Input.StreamConnected(stream.number));
        flush(stream);
    }

    private void read(Stream stream) {
        int count;
        buffer.clear();
        try {
            count = stream.channel.read(buffer);
        } catch (IOException e) {
            broke(stream, "read tcp " + stream.peer + ": " + reason(e));
            return;
        }
        if (count < 0) {
            // Without a whole message there is no answer: what only knocks must not keep a place until its time is
            // over.
            broke(stream, "");
            return;
        }
        if (stream.closing) {
            return; // the core has heard enough of this one; what still comes is thrown away
        }
        stream.taken += count;
        bytesTaken += count;
        if (bytesTaken > BYTES_TAKEN_MAX) {
            counters.count("streams-over-byte-limit");
            broke(stream, "too many bytes on all streams together");
            return;
        }
        var bytes = new byte[count];
        buffer.flip().get(bytes);
        inputs.accept(new Input.StreamBytes(stream.number, Bytes.of(bytes)));
    }

    private void flush(Stream stream) {
        try {
            while (!stream.unsent.isEmpty()) {
                ByteBuffer first = stream.unsent.getFirst();
                stream.channel.write(first);
                if (first.hasRemaining()) {
                    interest(stream, true);
                    return;
                }
                stream.unsent.removeFirst();
            }
            interest(stream, false);
        } catch (IOException e) {
            broke(stream, "write tcp " + stream.peer + ": " + reason(e));
            return;
        }
        if (stream.closing) {
            forget(stream);
        }
    }

    private void interest(Stream stream, boolean write) {
        SelectionKey key = stream.channel.keyFor(selector);
        if (key != null && key.isValid()) {
            key.interestOps(write ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
        }
    }

    private void broke(Stream stream, String reason) {
        boolean tell = !stream.closing && open.containsKey(stream.number);
        forget(stream);
        if (tell) {
            inputs.accept(new Input.StreamClosed(stream.number, reason));
        }
    }

    private void forget(Stream stream) {
        if (open.remove(stream.number) != null) {
            bytesTaken -= stream.taken;
            if (stream.number < 0) {
                accepted--;
            }
        }
        closeQuietly(stream.channel);
    }

    /** As Go's net package begins it, because people search for these words. */
    private static String dial(Address to) {
        return "dial tcp " + to + ": ";
    }

    private static String reason(Exception e) {
        String message = e.getMessage();
        return message == null || message.isEmpty()
                ? e.getClass().getSimpleName()
                : message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1);
    }

    private static void closeQuietly(@Nullable AutoCloseable channel) {
        if (channel == null) {
            return;
        }
        try {
            channel.close();
        } catch (Exception e) {
            // nothing is left to lose on a channel that is given up
        }
    }
}
