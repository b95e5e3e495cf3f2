package muster.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import muster.agent.balance.Balancer;
import muster.agent.configuration.BadConfiguration;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.FlagParser;
import muster.agent.configuration.Kind;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.node.CannotStart;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever an operator writes, wherever: it works, or it is refused in words that name the place. Nothing is thrown at him. */
class AbsurdSettingsTest {
    private static final List<String> ABSURD = List.of(
            "",
            " ",
            "0",
            "-1",
            "65536",
            "0s",
            "-1s",
            "1ns",
            "9999999h",
            "99999999999999999999999h",
            "99999999999999999999999",
            "1e400s",
            "NaN",
            ".",
            "a\nb",
            "secret\n",
            "a\tb",
            "\u001b[2J",
            "\u0000",
            "\ud83d\udca3",
            "x".repeat(300),
            "x".repeat(70_000),
            "=",
            "=x",
            ",",
            ":",
            "::::",
            "[",
            "[]:1",
            "300.1.1.1",
            "1.2.3.4.5:7",
            "host:99999",
            "seed.example:",
            "../../..",
            "%s%n",
            "*");

    /** Whose values lead outside: to name servers, files and shells. They are read, not used. */
    private static final Set<String> LEADS_OUTSIDE = Set.of("FILE", "DIR", "[FILTER=]SCRIPT");

    @TempDir
    private Path folder;

    static List<Setting<?>> settings() {
        return Schema.ALL;
    }

    private static List<Setting<?>> commandOf(Setting<?> setting) {
        for (List<Setting<?>> command : List.of(Schema.AGENT, Schema.BALANCE, Schema.RUN)) {
            if (command.contains(setting)) {
                return command;
            }
        }
        return Schema.ALL;
    }

    @ParameterizedTest
    @MethodSource("settings")
    void an_absurd_value_holds_or_is_refused_with_its_place(Setting<?> setting) throws Exception {
        List<Setting<?>> command = commandOf(setting);
        for (String value : ABSURD) {
            check(setting, value, "-" + setting.flag(), () -> {
                var flags = new ArrayList<>(List.of("-bind=127.0.0.1:0", "-rpc-addr=127.0.0.1:0", "-node=n"));
                if (command.equals(Schema.BALANCE)) {
                    flags.add("-listen=127.0.0.1:0");
                }
                flags.add("-" + setting.flag() + "=" + value);
                return Configuration.load(FlagParser.parse(flags, command).given(), Map.of(), command);
            });
            check(setting, value, setting.variable(), () -> {
                Map<String, String> environment = Map.of(
                        "MUSTER_BIND", "127.0.0.1:0", "MUSTER_RPC_ADDR", "127.0.0.1:0", "MUSTER_LISTEN", "127.0.0.1:0");
                var all = new java.util.HashMap<>(environment);
                all.put(setting.variable(), value);
                return Configuration.load(List.of(), all, command);
            });
            check(setting, value, "absurd.yaml:2:", () -> {
                String file = write(setting, value);
                return Configuration.load(
                        FlagParser.parse(List.of("-config-file", file), command).given(), Map.of(), command);
            });
        }
    }

    @FunctionalInterface
    private interface Source {
        Configuration read() throws IOException;
    }

    private static void check(Setting<?> setting, String value, String place, Source source) throws Exception {
        String message;
        try {
            Configuration configuration = source.read();
            boolean used = !setting.kind().equals(Kind.ADDRESS)
                    && !LEADS_OUTSIDE.contains(setting.kind().valueName())
                    && place.startsWith("-");
            if (used) {
                start(configuration, setting);
            }
            return;
        } catch (BadConfiguration | CannotStart e) {
            message = String.valueOf(e.getMessage());
        }
        // A path is its own place, and one that leads to a directory names the files there.
        boolean path = setting.equals(Schema.CONFIG_FILE) || setting.equals(Schema.CONFIG_DIR);
        assertThat(message.contains(place)
                        || (path && (message.contains("-config-") || (!value.isEmpty() && message.startsWith(value)))))
                .as("%s: %s: %s", setting.flag(), value, message)
                .isTrue();
        assertThat(message.replace("\n", "").chars().noneMatch(Character::isISOControl))
                .as(message)
                .isTrue();
        assertThat(message.length()).as(message).isLessThan(5_000);
    }

    private static void start(Configuration configuration, Setting<?> setting) throws CannotStart {
        try (Agent agent = Agent.start(configuration)) {
            assertThat(agent.node().self().name()).isNotEmpty();
            if (commandOf(setting).equals(Schema.BALANCE)) { // then on a free port
                Balancer.start(agent, configuration, Map.of()).close();
            }
        }
    }

    private String write(Setting<?> setting, String value) throws IOException {
        var quoted = new StringBuilder();
        value.chars().forEach(c -> quoted.append("\\u%04x".formatted(c)));
        return Files.writeString(
                        folder.resolve("absurd.yaml"), "# a comment\n" + setting.key() + ": \"" + quoted + "\"\n")
                .toString();
    }
}
