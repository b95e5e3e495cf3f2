package muster.proof.harness;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An agent of Debian's serf package: the peer that decides what "compatible" means. */
public final class SerfAgent implements Member {

    private final Stage stage;
    private final String name;
    private String address;
    private final List<String> flags = new ArrayList<>();
    private @Nullable Program program;

    SerfAgent(Stage stage, String name, String address) {
        this.stage = stage;
        this.name = name;
        this.address = address;
    }

    /** Adds flags as on its command line. */
    public SerfAgent with(String... more) {
        flags.addAll(List.of(more));
        return this;
    }

    /** From the next start on it lives elsewhere. */
    public SerfAgent at(String newAddress) {
        address = newAddress;
        return this;
    }

    /** Keeps trying to join these once a second, before or after they are there. */
    public SerfAgent joining(Member... seeds) {
        for (var seed : seeds) {
            flags.add("-retry-join=" + seed.gossipAddress());
        }
        flags.add("-retry-interval=1s");
        return this;
    }

    @Override
    public SerfAgent start() {
        var command = new ArrayList<>(List.of(
                "serf",
                "agent",
                "-node=" + name,
                "-bind=" + gossipAddress(),
                "-rpc-addr=" + rpcAddress(),
                "-log-level=debug"));
        command.addAll(flags);
        program = stage.start(name, command);
        program.awaitLine("Serf agent running");
        return this;
    }

    /** The loopback address that is its machine. */
    public String host() {
        return address;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Program program() {
        if (program == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return program;
    }

    @Override
    public String gossipAddress() {
        return address + ":" + Stage.GOSSIP_PORT;
    }

    @Override
    public String rpcAddress() {
        return address + ":" + Stage.RPC_PORT;
    }

    @Override
    public int leave() {
        program().signal("INT"); // a serf agent does not leave on TERM
        return program().awaitExit();
    }

    @Override
    public void kill() {
        program().kill();
    }

    @Override
    public String toString() {
        return name + " (serf, " + gossipAddress() + ")";
    }
}
