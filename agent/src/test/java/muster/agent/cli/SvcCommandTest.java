package muster.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muster.agent.MusterProgram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real programs beside each other. */
class SvcCommandTest {
    @TempDir
    private Path folder;

    private MusterProgram.Outcome svc(String... words) throws Exception {
        var all = new ArrayList<>(
                List.of("svc", "-control-dir", folder.resolve("control").toString()));
        all.addAll(List.of(words));
        return MusterProgram.run(Map.of(), all.toArray(String[]::new));
    }

    private MusterProgram member(String node, String services) throws Exception {
        Path file = Files.writeString(folder.resolve(node + ".yaml"), services);
        return MusterProgram.started(
                folder,
                "run",
                "-node",
                node,
                "-bind",
                "127.0.0.1:0",
                "-rpc-addr",
                "127.0.0.1:0",
                "-control-dir",
                folder.resolve("control").toString(),
                "-config-file",
                file.toString());
    }

    private static void awaitServices(MusterProgram program, int services) throws Exception {
        while (program.output().split(" ready\n", -1).length <= services) {
            assertThat(program.isAlive()).as(program.output()).isTrue();
            Thread.sleep(20);
        }
    }

    @Test
    void of_several_programs_the_services_tell_which_is_meant_else_each_is_named() throws Exception {
        try (var one = member("one", "services: {web: {command: exec sleep 1000}, cache: {command: exec sleep 1000}}");
                var two = member("two", "services: {web: {command: exec sleep 1000}}")) {
            awaitServices(one, 2);
            awaitServices(two, 1);

            assertThat(svc("status").error())
                    .contains("there are several; say which with -pid: ")
                    .containsPattern("[0-9]+ \\(node one: cache, web\\)")
                    .containsPattern("[0-9]+ \\(node two: web\\)");
            assertThat(svc("status", "web").error()).contains("there are several");
            MusterProgram.Outcome cache = svc("status", "cache");
            assertThat(cache.error()).isEmpty();
            assertThat(cache.output()).containsPattern("cache +ready");

            one.signal("TERM");
            two.signal("TERM");
            assertThat(one.awaitEnd()).isZero();
            assertThat(two.awaitEnd()).isZero();
        }
        assertThat(svc("status").error()).contains("has it ended, or was it started with another -control-dir?");
    }

    @Test
    void a_program_that_stands_still_is_named_and_the_others_are_served() throws Exception {
        try (var standing = member("one", "services: {cache: {command: exec sleep 1000}}");
                var living = member("two", "services: {web: {command: exec sleep 1000}}")) {
            awaitServices(standing, 1);
            awaitServices(living, 1);
            standing.signal("STOP");
            String named = "process " + standing.pid() + " does not answer (" + folder.resolve("control") + "/"
                    + standing.pid() + ".sock), so its services are left out; if it was stopped, 'kill -CONT "
                    + standing.pid() + "' lets it go on";

            MusterProgram.Outcome all = svc("status");
            assertThat(all.error()).contains(named);
            assertThat(all.output()).containsPattern("web +ready").doesNotContain("cache");
            assertThat(all.code()).as("not all is shown").isEqualTo(1);

            MusterProgram.Outcome web = svc("status", "-format", "json", "web");
            assertThat(web.error()).contains(named);
            assertThat(web.output()).contains("\"ready\"");
            assertThat(web.code()).as("all that was asked for").isZero();

            assertThat(svc("status", "cache").error()).contains(named, "there is no service 'cache'");
            assertThat(svc("status", "-pid", Long.toString(standing.pid())).error())
                    .contains("process " + standing.pid() + " does not answer");
            assertThat(svc("status", "-pid", Long.toString(living.pid())).code())
                    .isZero();

            standing.signal("CONT");
            assertThat(svc("status", "cache").code()).isZero();
        }
    }

    @Test
    void nothing_is_changed_while_a_program_stands_still_that_may_be_the_one_that_is_meant() throws Exception {
        try (var standing = member("one", "services: {web: {command: exec sleep 1000}}");
                var living = member("two", "services: {web: {command: exec sleep 1000}}")) {
            awaitServices(standing, 1);
            awaitServices(living, 1);
            standing.signal("STOP");

            for (List<String> words : List.of(
                    List.of("down", "web"),
                    List.of("up", "web"),
                    List.of("restart", "web"),
                    List.of("once", "web"),
                    List.of("signal", "TERM", "web"))) {
                MusterProgram.Outcome refused = svc(words.toArray(String[]::new));
                assertThat(refused.error())
                        .contains(
                                "process " + standing.pid() + " does not answer",
                                "say which with -pid: " + living.pid());
                assertThat(refused.code()).as("%s", words).isEqualTo(1);
            }
            assertThat(svc("status", "web").output()).containsPattern("web +ready");
            assertThat(svc("down", "-wait", "-pid", Long.toString(living.pid()), "web")
                            .output())
                    .containsPattern("web +down");
        }
    }

    @Test
    void what_was_started_once_is_a_service_again_when_it_is_restarted() throws Exception {
        try (var program = member("one", "services: {web: {command: exec sleep 1000, restart: never}}")) {
            awaitServices(program, 1);
            assertThat(svc("once", "web").code()).isZero();

            MusterProgram.Outcome again = svc("restart", "-wait", "web");
            assertThat(again.output()).containsPattern("web +ready");
            assertThat(again.code()).as(again.error()).isZero();

            assertThat(svc("signal", "KILL", "web").code()).isZero();
            assertThat(program.awaitEnd())
                    .as("nobody holds it down, and nothing is left to run")
                    .isEqualTo(128 + 9);
        }
    }
}
