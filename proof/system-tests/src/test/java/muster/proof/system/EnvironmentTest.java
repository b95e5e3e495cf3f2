package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import muster.proof.harness.Command;
import muster.proof.harness.Launcher;
import muster.proof.harness.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What of Muster's environment reaches an app: all, also the variables that the shell of a launcher could not use. */
@ExtendWith(Stages.class)
class EnvironmentTest {
    private static final List<String> SHOW = List.of("env", "-0");

    private static Map<String, String> odd(Stage stage) {
        String evil = "touch " + stage.directory().resolve("evil");
        return new TreeMap<>(Map.of(
                "spring.profiles.active",
                "two  words, * and ?",
                "discovery.type",
                "'single' \"double\" $HOME $(" + evil + ") `" + evil + "`; " + evil,
                "A-B",
                "\n line breaks\n\naround\n\n",
                "-x",
                "\\n \\0101 \\\\",
                "1st",
                "a=b==",
                "empty.one",
                "",
                "BASH_FUNC_odd%%",
                "() {  " + evil + "\n}"));
    }

    private static void assertGiven(Stage stage, Map<String, String> variables, String output) {
        variables.forEach((name, value) -> assertThat("\0" + output).contains("\0" + name + "=" + value + "\0"));
        assertThat(stage.directory().resolve("evil")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "init"})
    void an_app_gets_variables_that_no_shell_could_name(String verb, Stage stage) {
        var variables = odd(stage);
        variables.put("PLAIN", "as it is\nspring.profiles.active=is part of a value");
        var command = new ArrayList<>(List.of(verb, "-restart=never"));
        if (verb.equals("init")) {
            command.addAll(List.of("-tree=" + stage.directory(), "-run-dir=" + stage.directory() + "/run"));
            variables.replace("A-B", "\n line breaks\n\naround"); // files of an environment end with one of their own
        }
        command.add("--");
        command.addAll(SHOW);

        assertGiven(
                stage,
                variables,
                stage.muster(variables, command.toArray(String[]::new)).orFail().stdout());
    }

    @Test
    void the_launcher_of_a_clone_hands_them_on_too(Stage stage) {
        var command = new ArrayList<>(
                List.of("sh", "-eu", "-c", ". \"$0\"; become \"$@\"", Launcher.root() + "/packaging/environment.sh"));
        command.addAll(SHOW);

        assertGiven(stage, odd(stage), Command.run(command, odd(stage)).orFail().stdout());
    }

    @Test
    void what_a_service_says_itself_wins_over_its_file_and_that_over_the_container(Stage stage) {
        var file = stage.file("site.env", "export FILE=file\nOWN=file\n");
        var init = new ArrayList<>(List.of(
                "init",
                "-restart=never",
                "-tree=" + stage.directory(),
                "-run-dir=" + stage.directory() + "/run",
                "-env-file=" + file,
                "-env=OWN=own",
                "--"));
        init.addAll(SHOW);

        String output = stage.muster(
                        Map.of("CONTAINER", "container", "FILE", "container", "OWN", "container"),
                        init.toArray(String[]::new))
                .orFail()
                .stdout();

        assertGiven(stage, Map.of("CONTAINER", "container", "FILE", "file", "OWN", "own"), output);
    }
}
