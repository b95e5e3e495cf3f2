package muster.agent;

import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.FlagParser;
import muster.agent.configuration.Schema;
import muster.agent.node.CannotStart;

/** Real agents on loopback with free ports, closed together. */
public final class RunningAgents implements AutoCloseable {
    private final List<Agent> agents = new ArrayList<>();

    public Agent start(String name, String... more) throws CannotStart {
        var flags = new ArrayList<>(
                List.of("-node", name, "-bind", "127.0.0.1:0", "-rpc-addr", "127.0.0.1:0", "-profile", "local"));
        flags.addAll(List.of(more));
        Agent agent = Agent.start(
                Configuration.load(FlagParser.parse(flags, Schema.AGENT).given(), Map.of(), Schema.AGENT));
        agents.add(agent);
        return agent;
    }

    /** Again and again: one try has a second with the local profile, which a busy machine may not give it. */
    public static void join(Agent agent, Agent seed) {
        List<String> place = List.of(seed.node().advertised().toString());
        await().until(() -> agent.join(place, false).joined() == 1);
    }

    /** Where its RPC listens, as a flag's value. */
    public static String rpc(Agent agent) {
        return "127.0.0.1:" + agent.rpcAddress().getPort();
    }

    @Override
    public void close() {
        agents.forEach(Agent::close);
    }
}
