package muster.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muster.agent.MusterProgram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCommandTest {
    @TempDir
    private Path folder;

    private MusterProgram.Outcome run(Map<String, String> environment, String... flags) throws Exception {
        var all = new ArrayList<>(
                List.of("run", "-control-dir", folder.resolve("control").toString()));
        all.addAll(List.of(flags));
        all.addAll(List.of("-restart", "never", "--", "true"));
        return MusterProgram.run(environment, all.toArray(String[]::new));
    }

    @Test
    void flags_that_only_a_member_heeds_are_refused_where_there_is_none() throws Exception {
        String snapshot = folder.resolve("snapshot").toString();
        MusterProgram.Outcome alone = run(Map.of(), "-event-handler", "exit 0", "-snapshot", snapshot, "-syslog");
        assertThat(alone.code()).isEqualTo(1);
        assertThat(alone.error())
                .contains("flag -snapshot, flag -event-handler, flag -syslog: only a member of a cluster heeds this,"
                        + " and this program would be none; give -join, -node or -service, or leave it out");

        assertThat(run(
                                Map.of(),
                                "-node",
                                "a",
                                "-bind",
                                "127.0.0.1:0",
                                "-rpc-addr",
                                "127.0.0.1:0",
                                "-snapshot",
                                snapshot)
                        .code())
                .isZero();
        // It may be there for other programs.
        assertThat(run(Map.of("MUSTER_SNAPSHOT", snapshot), "-log-level", "debug")
                        .code())
                .isZero();
    }
}
