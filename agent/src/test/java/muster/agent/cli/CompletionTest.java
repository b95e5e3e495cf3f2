package muster.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import muster.agent.MusterProgram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The scripts of {@code muster completion}, in the shells that they are for. */
class CompletionTest {
    @TempDir
    private Path folder;

    /** Skips where the shell is not installed. */
    private Path script(String shell, String name) throws Exception {
        boolean there =
                new ProcessBuilder("sh", "-c", "command -v " + shell).start().waitFor() == 0;
        assumeTrue(there, shell + " is not installed; ./verify installs it");
        MusterProgram.Outcome outcome = MusterProgram.run(java.util.Map.of(), "completion", shell);
        assertThat(outcome.code()).isZero();
        return Files.writeString(folder.resolve(name), outcome.output());
    }

    private static String run(String... words) throws Exception {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
        return said;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            muster mem              | members
            muster members -for     | -format
            muster members -format  | text json
            muster members -format j| json
            muster agent -prof      | -profile
            muster agent --profile w| wan
            muster completion       | bash zsh fish
            muster help rea         | reachability
            """)
    void bash_completes(String line, String offered) throws Exception {
        Path script = script("bash", "muster.bash");
        boolean newWord = offered.contains(" ");
        String said = run("bash", "--norc", "-c", """
                        source "$1"; read -ra COMP_WORDS <<<"$2"; [ "$3" = new ] && COMP_WORDS+=("")
                        COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _muster; echo "${COMPREPLY[@]}"; complete -p muster
                        """, "bash", script.toString(), line, newWord ? "new" : "same");
        assertThat(said.lines().toList()).isEqualTo(List.of(offered, "complete -o default -F _muster muster"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            muster mem               | members
            muster members -for      | -format
            muster members -format j | json
            muster agent -prof       | -profile
            muster completion z      | zsh
            muster help rea          | reachability
            """)
    void fish_completes(String line, String offered) throws Exception {
        Path script = script("fish", "muster.fish");
        String said =
                run("fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script.toString(), line);
        assertThat(said.lines().map(each -> each.split("\\t")[0])).contains(offered);
        assertThat(said).doesNotContain("muster.fish (line");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            muster mem               | muster members
            muster members -for      | muster members -format
            muster members -format j | muster members -format json
            muster agent -prof       | muster agent -profile
            muster completion z      | muster completion zsh
            muster help rea          | muster help reachability
            muster agent --prof      | muster agent --profile
            muster agent --profile w | muster agent --profile wan
            """)
    void zsh_completes(String line, String completed) throws Exception {
        script("zsh", "_muster");
        // A shell with a terminal, into which the line and a TAB are typed; another key tells what stands there then.
        Path driver = Files.writeString(folder.resolve("driver.zsh"), """
                zmodload zsh/zpty zsh/zselect
                cat >$1/rc.zsh <<'RC'
                fpath=($where $fpath)
                autoload -Uz compinit
                compinit -u -D
                show() { print -r -- "$BUFFER" >$where/shown.new; mv $where/shown.new $where/shown }
                zle -N show
                bindkey '^G' show
                zle-line-init() { : >$where/ready } # only now keys are read as keys
                zle -N zle-line-init
                RC
                zpty shell "where=${(q)1} zsh -f -i"
                zpty -w shell "source \\$where/rc.zsh"
                until [[ -e $1/ready ]]; do zselect -t 5; done
                zpty -w -n shell "$2"$'\\t\\a'
                until [[ -e $1/shown ]]; do zselect -t 5; done
                cat $1/shown
                """);
        String said = run("timeout", "300", "zsh", "-f", driver.toString(), folder.toString(), line);
        assertThat(said.strip()).isEqualTo(completed);
    }

    @Test
    void another_shell_is_refused_with_those_that_there_are() throws Exception {
        assertThat(MusterProgram.run(java.util.Map.of(), "completion", "tcsh").error())
                .contains("muster completion bash, zsh or fish");
    }
}
