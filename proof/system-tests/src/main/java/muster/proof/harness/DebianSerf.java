package muster.proof.harness;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Debian's command line, run against an agent of either make. */
public final class DebianSerf {

    private DebianSerf() {}

    /**
     * Runs one command to its end.
     *
     * @param verb as {@code members}, {@code info}, {@code join}
     */
    public static Outcome run(String rpcAddress, String verb, String... arguments) {
        var command = new ArrayList<>(List.of("serf", verb, "-rpc-addr=" + rpcAddress));
        command.addAll(List.of(arguments));
        return Command.run(command, Map.of());
    }
}
