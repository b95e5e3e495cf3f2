package muster.agent.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import muster.agent.Agent;
import muster.agent.RunningAgents;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two clients of Serf's RPC from the npm registry, which ./verify installs; what they print is compared. */
class NodeClientsTest {
    private static final Path MODULES = Path.of("target/npm/node_modules").toAbsolutePath();
    private static final long PATIENCE_SECONDS = 60;

    private final RunningAgents agents = new RunningAgents();

    @AfterEach
    void close() {
        agents.close();
    }

    private static String node(String script, int port) throws Exception {
        var builder = new ProcessBuilder("node", "-e", script, Integer.toString(port)).redirectErrorStream(true);
        builder.environment().put("NODE_PATH", MODULES.toString());
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        return output;
    }

    private Agent agent() throws Exception {
        Agent agent = agents.start("m1", "-tag", "role=web");
        await().until(() -> agent.members().size() == 1);
        return agent;
    }

    @Test
    void node_serf_lists_follows_and_sends() throws Exception {
        assumeTrue(Files.isDirectory(MODULES.resolve("node-serf")), "node-serf is not installed; ./verify installs it");
        assertThat(node("""
                        const serf = require('node-serf').connect({port: +process.argv[1]}, () => {
                            serf.members((err, r) => {
                                console.log('member', r.Members[0].Name, r.Members[0].Status, r.Members[0].Tags.role);
                                serf.membersFiltered({Name: 'nobody'}, (err, r) => console.log('nobody', r.Members.length));
                                serf.getCoordinate({Node: 'm1'}, (err, r) => console.log('coordinate', r.Ok, r.Coord.Vec.length));
                                serf.stats((err, r) => console.log('stats', r.agent.name, r.serf.members));
                                const stream = serf.stream({Type: 'user:deploy'});
                                stream.on('data', e => {
                                    console.log('event', e.Event, e.Name, e.Payload.toString(), e.Coalesce);
                                    process.exit(0);
                                });
                                serf.event({Name: 'deploy', Payload: 'now', Coalesce: false});
                            });
                        });
                        setTimeout(() => { console.log('late'); process.exit(1); }, 30000);
                        """, agent().rpcAddress().getPort()))
                .contains(
                        "member m1 alive web\n",
                        "nobody 0\n",
                        "coordinate true 8\n",
                        "stats m1 1\n",
                        "event user deploy now false\n");
    }

    @Test
    void serf_rpc_lists_and_sends() throws Exception {
        assumeTrue(Files.isDirectory(MODULES.resolve("serf-rpc")), "serf-rpc is not installed; ./verify installs it");
        Agent agent = agent();
        assertThat(node("""
                        const serf = require('serf-rpc')();
                        serf.connect({rpc_host: '127.0.0.1', rpc_port: +process.argv[1]}, err => {
                            if (err) throw err;
                            serf.members((err, r) => {
                                console.log('member', err, r.Members[0].Name, r.Members[0].Status);
                                serf.stats((err, r) => {
                                    console.log('stats', err, r.agent.name);
                                    serf.event({Name: 'deploy', Payload: 'now', Coalesce: false}, err => {
                                        console.log('event', err);
                                        process.exit(0);
                                    });
                                });
                            });
                        });
                        setTimeout(() => { console.log('late'); process.exit(1); }, 30000);
                        """, agent.rpcAddress().getPort())).contains("m1 alive", "stats", "event");
        assertThat(agent.stats().get("serf")).containsEntry("event_time", "2");
    }
}
