package muster.agent.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is in the file that an operator names: settings, or problems of one line each that begin with the file. */
class SettingsFileFuzzTest {
    @TempDir
    private static Path folder;

    @FuzzTest(maxDuration = "20s")
    void a_file_holds_settings_or_is_refused_with_its_name(byte @NotNull [] bytes) throws IOException {
        Path file = Files.write(folder.resolve("fuzzed.yaml"), bytes);
        var flag = new Given(Schema.CONFIG_FILE, file.toString(), "flag -config-file");
        try {
            Configuration configuration = Configuration.load(List.of(flag), Map.of(), Schema.ALL);
            for (Setting<?> setting : Schema.ALL) {
                assertThat(configuration.value(setting)).isNotNull();
                if (configuration.isSet(setting) && !setting.equals(Schema.CONFIG_FILE)) {
                    assertThat(configuration.origin(setting)).startsWith(file.toString());
                }
            }
        } catch (BadConfiguration e) {
            String message = String.valueOf(e.getMessage());
            assertThat(message.lines()).isNotEmpty().allMatch(line -> line.startsWith(file + ":"));
            assertThat(message.replace("\n", "").chars()).noneMatch(Character::isISOControl);
        }
    }
}
