package muster.agent.control;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Asks one program, once. */
public final class ControlClient {
    private static final String REFUSED = "refused: ";

    private ControlClient() {}

    /** The program said no; the message is its sentence. */
    public static final class Refused extends IOException {
        private static final long serialVersionUID = 1;

        Refused(String sentence) {
            super(sentence);
        }
    }

    /**
     * Sends the words and hands on each line of the answer.
     *
     * @throws Refused when the program says no
     * @throws ConnectException when nobody listens any more; the socket is removed then
     */
    public static void ask(Path socket, List<String> words, Consumer<String> lines) throws IOException {
        try (SocketChannel channel = connect(socket)) {
            String request = words.stream().map(word -> word + "\0").collect(Collectors.joining()) + "\n";
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(request);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            try (var answer = new BufferedReader(
                    new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8))) {
                String first = answer.readLine();
                if (first == null) {
                    throw new IOException("the program at " + socket + " went away without an answer");
                }
                if (first.startsWith(REFUSED)) {
                    throw new Refused(first.substring(REFUSED.length()));
                }
                for (String line = answer.readLine(); line != null; line = answer.readLine()) {
                    lines.accept(line);
                }
            }
        }
    }

    private static SocketChannel connect(Path socket) throws IOException {
        try {
            return SocketChannel.open(UnixDomainSocketAddress.of(socket));
        } catch (ConnectException e) {
            Files.deleteIfExists(socket); // its program ended without removing it
            throw e;
        }
    }
}
