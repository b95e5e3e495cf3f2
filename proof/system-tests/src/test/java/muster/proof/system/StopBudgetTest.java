package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import muster.proof.harness.Await;
import muster.proof.harness.Cell;
import muster.proof.harness.Launcher;
import muster.proof.harness.MusterNode;
import muster.proof.harness.Program;
import muster.proof.harness.Stage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The stop of an announced node beside a peer: draining is announced, nothing is in flight or the time is over, the stop signal, the leave, all within one
 * budget. Each time-out is ten minutes or twenty: what ends within the patience of a test has waited for none of them.
 */
@ExtendWith(Stages.class)
class StopBudgetTest {
    /** Connections are counted by port: another test on this machine must have none to ours. */
    private static final int PORT = 29_000 + (int) (ProcessHandle.current().pid() % 900);

    @BeforeAll
    static void cells() {
        assumeTrue(Cell.missing().isEmpty(), Cell::missing);
    }

    /** A web server that keeps silent clients, below a shell that tells of signals and heeds none where {@code deaf}. */
    private static Program node(Stage stage, MusterNode peer, String address, boolean deaf, String... more) {
        var words = new ArrayList<>(List.of(
                "-node=s1",
                "-bind=" + address + ":27946",
                "-rpc-addr=" + address + ":27373",
                "-join=" + peer.gossipAddress(),
                "-service=web:" + PORT,
                "-drain-timeout=10m",
                "-stop-timeout=10m",
                "-stop-reach=process"));
        words.addAll(List.of(more));
        words.addAll(List.of("--", "sh", "-c", """
                mkdir /run/n
                echo "daemon off; error_log stderr; pid /run/n/pid; events {} http { access_log off; client_body_temp_path /run/n/b;
                  proxy_temp_path /run/n/p; fastcgi_temp_path /run/n/f; uwsgi_temp_path /run/n/u; scgi_temp_path /run/n/s;
                  client_header_timeout 1h; server { listen %s:%d; return 200 hello; } }" >/run/n/conf
                trap 'echo "got the stop signal"; %s' TERM
                nginx -c /run/n/conf & while :; do sleep 0.1; done""".formatted(address, PORT, deaf ? ":" : "kill $!; exit 0")));
        Program program = new Cell(stage, "s1")
                .file("cont-finish.d/50-bye", "#!/bin/sh\necho bye\n")
                .init(words.toArray(String[]::new));
        Await.until(
                "the peer to see the service",
                Await.PATIENCE,
                () -> seen(peer).contains("svc.web=" + PORT),
                () -> seen(peer) + program.output());
        return program;
    }

    private static String seen(MusterNode peer) {
        return peer.cli("members", "-name=s1").stdout();
    }

    private static void awaitSeen(MusterNode peer, Program program, String words) {
        Await.until(
                "the peer to see " + words,
                Await.PATIENCE,
                () -> seen(peer).contains(words),
                () -> seen(peer) + program.output());
    }

    private static String text(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Socket client(String address) throws IOException {
        var socket = new Socket();
        socket.connect(new InetSocketAddress(InetAddress.getByName(address), PORT));
        return socket;
    }

    @Test
    void who_heeds_nothing_and_a_client_that_stays_are_given_up_within_the_budget_and_the_leave_is_in_it(Stage stage)
            throws IOException {
        Path told =
                stage.directory().resolve("told"); // it drains for a part of the budget only, in which nobody may look
        MusterNode peer = stage.agent("peer")
                .with("-event-handler=member-update=cat >>" + told)
                .start();
        String address = stage.address();
        Program program = node(stage, peer, address, true, "-shutdown-timeout=8s");
        try (Socket _ = client(address)) {
            Cell.signal(program, "TERM");

            Await.until(
                    "the peer to be told of draining",
                    Await.PATIENCE,
                    () -> text(told).contains("draining"),
                    () -> seen(peer) + program.output());
            assertThat(program.awaitExit()).as(program.output()).isEqualTo(137);
        }
        assertThat(program.output())
                .containsSubsequence("service=CMD draining", "got the stop signal", "service=CMD is down")
                .contains("bye");
        awaitSeen(peer, program, "left");
    }

    @Test
    void the_stop_signal_comes_when_the_last_client_is_gone(Stage stage) throws IOException {
        MusterNode peer = stage.agent("peer").start();
        String address = stage.address();
        Program program = node(stage, peer, address, false, "-shutdown-timeout=20m");
        try (Socket _ = client(address)) {
            Cell.signal(program, "TERM");
            awaitSeen(peer, program, "draining");
            assertThat(program.output()).doesNotContain("got the stop signal");
        }

        assertThat(program.awaitExit()).as(program.output()).isZero();
        assertThat(program.output()).containsSubsequence("got the stop signal", "service=CMD is down", "bye");
        awaitSeen(peer, program, "left");
    }

    @Test
    void nobody_is_waited_for_where_nobody_is(Stage stage) {
        MusterNode peer = stage.agent("peer").start();
        Program program = node(stage, peer, stage.address(), false, "-shutdown-timeout=20m");

        Cell.signal(program, "TERM");

        assertThat(program.awaitExit()).as(program.output()).isZero();
        assertThat(program.output()).containsSubsequence("draining", "got the stop signal", "bye");
        awaitSeen(peer, program, "left");
    }

    @Test
    void a_client_of_another_program_on_the_same_port_is_not_waited_for(Stage stage) throws IOException {
        MusterNode node = stage.app("node").with("-drain-timeout=10m").start();
        node.program().awaitLine("service=web announced");
        var elsewhere = InetAddress.getByName(stage.address());
        try (var listener = new ServerSocket(Stage.APP_PORT, 5, elsewhere);
                var _ = new Socket(elsewhere, Stage.APP_PORT);
                var _ = listener.accept()) {

            assertThat(node.leave()).as(node.program().output()).isZero();
        }
        assertThat(node.program().output()).contains("draining");
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "init"})
    void the_first_signal_during_a_leave_that_was_asked_for_over_rpc_hurries_nobody(String verb, Stage stage)
            throws IOException {
        String address = stage.address();
        Program program = announced(stage, verb, address, "-shutdown-timeout=20m");
        try (var listener = new ServerSocket(PORT, 5, InetAddress.getByName(address))) {
            program.awaitLine("service=\\w+ announced");
            Program leave;
            try (Socket _ = client(address);
                    Socket _ = listener.accept()) {
                leave = stage.start("leave", Launcher.command("leave", "-rpc-addr=" + address + ":27373"));
                program.awaitLine("announced as draining");
                program.signal("TERM");
                program.awaitLine(verb + ": Caught signal: TERM");
                LockSupport.parkNanos(1_000_000_000); // many counts, each of which could end it
                assertThat(program.output()).doesNotContain("is down");
            }
            int code = verb.equals("init") ? 143 : 0; // as its command ended
            assertThat(program.awaitExit()).as(program.output()).isEqualTo(code);
            assertThat(leave.awaitExit()).as(leave.output()).isZero();
        }
    }

    @Test
    void a_client_of_another_program_that_listens_for_the_service_is_waited_for(Stage stage) throws IOException {
        String address = stage.address();
        Program program = announced(stage, "run", address);
        // As a container's engine does: not below this node.
        try (var listener = new ServerSocket(PORT, 5, InetAddress.getByName(address))) {
            program.awaitLine("service=web announced");
            try (Socket _ = client(address);
                    Socket _ = listener.accept()) {
                program.signal("TERM");
                program.awaitLine("service=web announced as draining");
                LockSupport.parkNanos(1_000_000_000); // many counts, each of which could end it
                assertThat(program.output()).doesNotContain("is down");
            }
            assertThat(program.awaitExit()).as(program.output()).isZero();
        }
    }

    /** Whose app listens nowhere: somebody else does for it. */
    private static Program announced(Stage stage, String verb, String address, String... more) {
        var command = Launcher.command(
                verb,
                "-node=node",
                "-bind=" + address + ":27946",
                "-rpc-addr=" + address + ":27373",
                "-service=web:" + PORT,
                "-drain-timeout=10m");
        if (verb.equals("init")) {
            command.addAll(List.of("-tree=" + stage.directory(), "-run-dir=" + stage.directory() + "/run"));
        }
        command.addAll(List.of(more));
        command.addAll(List.of("--", "sleep", "1000"));
        Program program = stage.start("node", command);
        program.awaitLine("service=\\w+ started");
        return program;
    }
}
