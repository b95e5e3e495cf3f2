package muster.agent.control;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Asks one program, once. */
public final class ControlClient {
    /** The first line of an answer that is none. */
    static final String REFUSED = "refused: ";

    /** The last line of every other one, before the code to exit with: no line that is printed begins so. */
    static final String END = "\0end: ";

    static final String FAILED = "\0failed: ";

    /** A command is only taken in before it is answered. */
    private static final Duration BEGINS_WITHIN = Duration.ofSeconds(5);

    private ControlClient() {}

    /** The program said no, or that what was asked for has not come; the message is its sentence. */
    public static final class Refused extends IOException {
        private static final long serialVersionUID = 1;

        Refused(String sentence) {
            super(sentence);
        }
    }

    /** As {@link #ask(Path, Duration, List, Consumer)}, with the patience that a command needs. */
    public static OptionalInt ask(Path socket, List<String> words, Consumer<String> lines) throws IOException {
        return ask(socket, BEGINS_WITHIN, words, lines);
    }

    /**
     * Sends the words and hands on each line of the answer.
     *
     * @param beginsWithin for how long to wait for its first line
     * @return the code to exit with, at the end of the answer; empty if the program ended before it
     * @throws Refused when the program says no
     * @throws ConnectException when nobody listens; the socket is removed if its process is gone
     * @throws IOException also if no answer begins in time
     */
    public static OptionalInt ask(Path socket, Duration beginsWithin, List<String> words, Consumer<String> lines)
            throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            Thread patience = Thread.ofVirtual().start(() -> closeLater(channel, beginsWithin));
            connect(channel, socket);
            String request = words.stream().map(word -> word + "\0").collect(Collectors.joining()) + "\n";
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(request);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            try (var answer = new BufferedReader(
                    new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8))) {
                String first = answer.readLine();
                patience.interrupt();
                if (first == null) {
                    throw new IOException("the program at " + socket + " went away without an answer");
                }
                if (first.startsWith(REFUSED)) {
                    throw new Refused(first.substring(REFUSED.length()));
                }
                for (String line = answer.readLine(); line != null; line = answer.readLine()) {
                    if (line.startsWith(END)) {
                        return OptionalInt.of(Integer.parseInt(line.substring(END.length())));
                    }
                    if (line.startsWith(FAILED)) {
                        throw new Refused(line.substring(FAILED.length()));
                    }
                    lines.accept(line);
                }
                return OptionalInt.empty();
            } finally {
                patience.interrupt();
            }
        } catch (AsynchronousCloseException e) {
            throw new IOException("process " + ControlDirectory.pid(socket) + " does not answer", e);
        }
    }

    private static void closeLater(SocketChannel channel, Duration wait) {
        try {
            Thread.sleep(wait);
            channel.close();
        } catch (InterruptedException | IOException e) {
            // It answered, or is closed already.
        }
    }

    private static void connect(SocketChannel channel, Path socket) throws IOException {
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (ConnectException e) {
            if (ProcessHandle.of(ControlDirectory.pid(socket)).isEmpty()) {
                Files.deleteIfExists(socket); // it ended without removing it
            }
            throw e;
        }
    }
}
