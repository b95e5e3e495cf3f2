package muster.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The units of {@code examples/systemd}. */
class SystemdUnitsTest {
    private static final Path UNITS = Path.of("..", "examples", "systemd");

    @TempDir
    private Path folder;

    private static String unit(String command) throws Exception {
        return Files.readString(UNITS.resolve("muster-" + command + ".service"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"agent", "balance"})
    void systemd_has_nothing_to_say_against_them(String command) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/systemd-analyze")), "systemd-analyze is not installed");
        Path unit = folder.resolve("muster-" + command + ".service");
        Files.writeString(unit, unit(command).replace("/opt/muster/bin/muster", "/bin/true"));
        Process process = new ProcessBuilder("systemd-analyze", "verify", "--man=no", unit.toString())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .doesNotContain(unit.getFileName().toString());
        assertThat(process.waitFor()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"agent", "balance"})
    void all_variables_in_them_are_settings(String command) throws Exception {
        Set<String> settings = (command.equals("agent") ? Schema.AGENT : Schema.BALANCE)
                .stream().map(Setting::variable).collect(Collectors.toSet());
        List<String> used = Pattern.compile("MUSTER_[A-Z_]+")
                .matcher(unit(command))
                .results()
                .map(match -> match.group())
                .filter(name -> !name.equals("MUSTER_CACHE")) // the launcher's
                .toList();
        assertThat(used).isNotEmpty().isSubsetOf(settings);
    }
}
