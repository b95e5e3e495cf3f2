package muster.supervisor.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentFileTest {
    @TempDir
    private Path directory;

    private Map<String, String> read(String text) throws IOException {
        var environment = new TreeMap<String, String>();
        EnvironmentFile.readInto(Files.writeString(directory.resolve("env"), text), environment);
        return environment;
    }

    @Test
    void a_line_may_begin_with_export_as_for_a_shell() throws IOException {
        assertThat(read("export A=1\n  export\tB = 'two words'\nexported=3\nexport=4\na.b=5\n"))
                .containsExactly(
                        Map.entry("A", "1"),
                        Map.entry("B", "two words"),
                        Map.entry("a.b", "5"),
                        Map.entry("export", "4"),
                        Map.entry("exported", "3"));
    }

    @Test
    void a_name_with_a_blank_is_refused_with_its_place() {
        for (String line : new String[] {"set A=1", "A\tB=1", "export A B=1"}) {
            assertThatThrownBy(() -> read("# a comment\n" + line + "\n"))
                    .isInstanceOf(IOException.class)
                    .hasMessage("Environment file " + directory.resolve("env")
                            + ", line 2 has a blank in the name of the variable; mend it.");
        }
        assertThatThrownBy(() -> read("export A\n")).hasMessageContaining("line 1 is not NAME=VALUE");
        assertThatThrownBy(() -> read("export =1\n")).hasMessageContaining("line 1 is not NAME=VALUE");
    }
}
