package muster.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import muster.agent.Signals;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.FlagParser;
import muster.agent.configuration.Schema;
import org.junit.jupiter.api.Test;

class AgentCommandTest {
    @Test
    void a_signal_does_not_wait_for_a_join_that_gets_no_answer() throws Exception {
        var bytes = new ByteArrayOutputStream();
        var out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        var signals = new Signals();
        try (var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) { // accepts, and says nothing
            Configuration configuration = Configuration.load(
                    FlagParser.parse(
                                    List.of(
                                            "-node", "a",
                                            "-bind", "127.0.0.1:0",
                                            "-rpc-addr", "127.0.0.1:0",
                                            "-join", "127.0.0.1:" + silent.getLocalPort()),
                                    Schema.AGENT)
                            .given(),
                    Map.of(),
                    Schema.AGENT);
            var code = CompletableFuture.supplyAsync(
                    () -> AgentCommand.run(configuration, new Console(out, out, Map.of()), Face.MUSTER, signals));
            silent.setSoTimeout(10_000);
            silent.accept();
            signals.raise(Signals.TERMINATE);
            assertThat(code.get(5, TimeUnit.SECONDS)).isEqualTo(Command.OK); // the stream's own limit is 10 s
        }
    }
}
