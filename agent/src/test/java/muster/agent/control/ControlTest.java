package muster.agent.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlTest {
    @TempDir
    Path directory;

    private Path own() {
        return directory.resolve(ProcessHandle.current().pid() + ".sock");
    }

    private List<String> ask(String... words) throws IOException {
        var lines = new ArrayList<String>();
        assertThat(ControlClient.ask(own(), List.of(words), lines::add)).hasValue(0);
        return lines;
    }

    private static String mode(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    @Test
    void a_directory_that_was_there_keeps_its_mode_and_what_is_made_is_for_its_owner() throws Exception {
        Path readable = Files.createDirectory(directory.resolve("run"));
        Files.setPosixFilePermissions(readable, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (var _ = ControlServer.start(readable, (words, out) -> 0)) {
            assertThat(mode(readable)).isEqualTo("rwxr-xr-x");
        }
        Path made = readable.resolve("muster/own");
        try (var _ = ControlServer.start(made, (words, out) -> 0)) {
            assertThat(mode(made)).isEqualTo("rwx------");
            assertThat(mode(made.getParent())).isEqualTo("rwx------");
        }
    }

    @Test
    void a_directory_in_which_others_may_write_is_refused_with_what_to_do() throws Exception {
        for (String mode : List.of("rwxrwxr-x", "rwxr-xrwx", "rwxrwxrwx")) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(mode));
            assertThatThrownBy(() -> ControlServer.start(directory, (words, out) -> 0))
                    .isInstanceOf(IOException.class)
                    .hasMessage(directory + " is there and others may write to it; give a directory below it, as "
                            + directory.resolve("muster") + ", which is then made");
            assertThat(mode(directory)).isEqualTo(mode);
        }
    }

    @Test
    void what_the_handler_prints_arrives_and_what_it_refuses_is_a_sentence() throws Exception {
        try (var _ = ControlServer.start(directory, (words, out) -> {
            if (words.contains("bad")) {
                throw new IllegalArgumentException("not this");
            }
            words.forEach(word -> out.print(word + "\n"));
            return words.contains("fail") ? 42 : 0;
        })) {
            assertThat(ask("one", "", "zwei drei")).containsExactly("one", "", "zwei drei");
            assertThat(ask()).isEmpty();
            assertThat(ControlClient.ask(own(), List.of("fail"), _ -> {})).hasValue(42);
            assertThatThrownBy(() -> ask("bad"))
                    .isInstanceOf(ControlClient.Refused.class)
                    .hasMessage("not this");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(own())))
                    .isEqualTo("rw-------");
        }
        assertThat(own()).doesNotExist();
    }

    @Test
    void what_fails_after_something_was_printed_keeps_that_and_has_a_sentence() throws Exception {
        try (var _ = ControlServer.start(directory, (words, out) -> {
            out.print("so far\n");
            throw new IllegalArgumentException("no\nfurther");
        })) {
            var lines = new ArrayList<String>();
            assertThatThrownBy(() -> ControlClient.ask(own(), List.of("up"), lines::add))
                    .isInstanceOf(ControlClient.Refused.class)
                    .hasMessage("no further");
            assertThat(lines).containsExactly("so far");
        }
    }

    @Test
    void an_answer_that_breaks_off_is_not_taken_for_a_whole_one() throws Exception {
        try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(own()));
            Thread.ofVirtual().start(() -> {
                try (var client = server.accept()) {
                    client.read(ByteBuffer.allocate(100));
                    client.write(ByteBuffer.wrap("ok\nhalf\n".getBytes(StandardCharsets.UTF_8)));
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            var lines = new ArrayList<String>();
            assertThat(ControlClient.ask(own(), List.of("up"), lines::add)).isEmpty();
            assertThat(lines).containsExactly("half");
        }
    }

    @Test
    void a_client_that_goes_away_ends_what_was_done_for_it() throws Exception {
        var begun = new CountDownLatch(1);
        var ended = new CompletableFuture<String>();
        try (var _ = ControlServer.start(directory, (words, out) -> {
            out.flush();
            begun.countDown();
            try {
                new CountDownLatch(1).await();
                return 0;
            } catch (InterruptedException e) {
                ended.complete("interrupted");
                throw e;
            }
        })) {
            try (var client = SocketChannel.open(UnixDomainSocketAddress.of(own()))) {
                client.write(ByteBuffer.wrap("follow\0\n".getBytes(StandardCharsets.UTF_8)));
                assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(ended.get(20, TimeUnit.SECONDS)).isEqualTo("interrupted");
        }
    }

    @Test
    void clients_that_say_nothing_do_not_keep_others_out() throws Exception {
        var silent = new ArrayList<SocketChannel>();
        try (var _ = ControlServer.start(directory, (words, out) -> {
            out.print("here\n");
            return 0;
        })) {
            for (int i = 0; i < 70; i++) {
                silent.add(SocketChannel.open(UnixDomainSocketAddress.of(own())));
            }
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (true) {
                try {
                    assertThat(ask("status")).containsExactly("here");
                    break;
                } catch (IOException e) {
                    assertThat(System.nanoTime() - end)
                            .as("still kept out: " + e)
                            .isNegative();
                }
            }
        } finally {
            for (var client : silent) {
                client.close();
            }
        }
    }

    @Test
    void a_program_that_stands_still_is_said_not_to_answer() throws Exception {
        try (var standing = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            standing.bind(UnixDomainSocketAddress.of(own()));
            assertThatThrownBy(() -> ask("status"))
                    .hasMessage("process " + ProcessHandle.current().pid() + " does not answer");
        }
    }

    @Test
    void only_sockets_with_a_number_are_seen_and_only_those_of_dead_processes_are_removed() throws Exception {
        Files.writeString(directory.resolve("77.sock"), "a file");
        Files.createSymbolicLink(directory.resolve("78.sock"), Path.of("/etc/passwd"));
        Path other = bound("x.sock");
        Path living = bound(ProcessHandle.current().pid() + ".sock");
        Path dead = bound(dead() + ".sock");

        assertThat(ControlDirectory.sockets(directory)).containsExactlyInAnyOrder(living, dead);
        for (Path socket : List.of(living, dead)) {
            assertThatThrownBy(() -> ControlClient.ask(socket, List.of("ping"), _ -> {}))
                    .isInstanceOf(ConnectException.class);
        }
        assertThat(living).exists();
        assertThat(other).exists();
        assertThat(dead).doesNotExist();
    }

    /** A socket on which nobody listens any more. */
    private Path bound(String name) throws IOException {
        Path path = directory.resolve(name);
        try (var channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.bind(UnixDomainSocketAddress.of(path));
        }
        return path;
    }

    private static long dead() throws Exception {
        var process = new ProcessBuilder("true").start();
        process.waitFor();
        return process.pid();
    }
}
