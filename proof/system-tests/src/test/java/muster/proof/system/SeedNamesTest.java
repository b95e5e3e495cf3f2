package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import muster.proof.harness.Cell;
import muster.proof.harness.Launcher;
import muster.proof.harness.Program;
import muster.proof.harness.Stage;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Seeds by name: what a name server says of them is used to the last address. */
@ExtendWith(Stages.class)
class SeedNamesTest {
    /** Of them, 512 bytes of a datagram hold about thirty. */
    private static final int ADDRESSES = 60;

    /** One agent is at all addresses of the machine, and so needs a port of its own. */
    private static final int PORT = 30_000 + (int) (ProcessHandle.current().pid() % 900);

    @BeforeAll
    static void cells() {
        assumeTrue(Cell.missing().isEmpty(), Cell::missing);
    }

    @Test
    void a_name_with_more_addresses_than_a_datagram_holds_leads_to_all_of_them(Stage stage) {
        String server = stage.address();
        Program names = stage.start("names", nameServer(server));
        names.awaitLine("started");
        String seed = stage.address();
        stage.start(
                        "seed",
                        Launcher.command(
                                "agent",
                                "-bind=0.0.0.0:" + PORT,
                                "-advertise=" + seed + ":" + PORT,
                                "-rpc-addr=" + seed + ":27373"))
                .awaitLine("Log data will now stream in");

        Program ours = joining(stage, server, "ours", Launcher.command());
        Program theirs = joining(stage, server, "theirs", List.of("serf"));

        ours.awaitLine("Join completed. Synced with " + ADDRESSES + " initial agents");
        theirs.awaitLine("Join completed. Synced with " + ADDRESSES + " initial agents");
        assertThat(names.output())
                .contains("query[A] seeds.example from") // by the system's resolver
                .contains("query[ANY] seeds.example from"); // by Serf
    }

    private static Program joining(Stage stage, String server, String name, List<String> program) {
        String address = stage.address();
        var command = new ArrayList<>(program);
        command.addAll(List.of(
                "agent",
                "-node=" + name,
                "-bind=" + address + ":27946",
                "-rpc-addr=" + address + ":27373",
                "-join=seeds.example:" + PORT));
        return new Cell(stage, name)
                .file("resolv.conf", "nameserver " + server + "\n")
                .start(command);
    }

    private static List<String> nameServer(String address) {
        var command = new ArrayList<>(List.of(
                "dnsmasq",
                "--no-daemon",
                "--log-facility=-",
                "--log-queries",
                "--conf-file=/dev/null",
                "--pid-file",
                "--no-resolv",
                "--no-hosts",
                "--bind-interfaces",
                "--listen-address=" + address,
                "--local=/example/"));
        IntStream.rangeClosed(1, ADDRESSES).forEach(n -> command.add("--host-record=seeds.example,127.77.0." + n));
        return command;
    }
}
