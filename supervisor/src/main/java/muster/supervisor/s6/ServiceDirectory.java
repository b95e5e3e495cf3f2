package muster.supervisor.s6;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import muster.supervisor.Finish;
import muster.supervisor.Launch;
import muster.supervisor.Logging;
import muster.supervisor.Pace;
import muster.supervisor.Reach;
import muster.supervisor.Readiness;
import muster.supervisor.Restarts;
import muster.supervisor.ServiceSpec;
import muster.supervisor.Signal;
import muster.supervisor.Stopping;
import muster.supervisor.linux.FileTrouble;

/**
 * A service directory of s6 as a service: what its files mean, with s6's defaults. Reading it again after an edit gives
 * the service as it is to be from its next start on. A file that cannot be understood counts as absent, with a warning,
 * as in s6.
 */
final class ServiceDirectory {
    /** A file with one number or word; anything longer is something else. */
    private static final int WORD_BYTES_MAX = 64;

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

    private static final String LOGGER = "/log";

    private static final int FINISH_MILLIS = 5_000;

    private final Path directory;
    private final String name;
    private final Consumer<String> warnings;

    private ServiceDirectory(Path directory, String name, Consumer<String> warnings) {
        this.directory = directory;
        this.name = name;
        this.warnings = warnings;
    }

    /** The name that the logger of a service has. */
    static String loggerOf(String service) {
        return service + LOGGER;
    }

    static boolean isLogger(String name) {
        return name.endsWith(LOGGER);
    }

    /** Whether it has a logger, which is a service directory as well. */
    static boolean hasLogger(Path directory) {
        return Files.isDirectory(directory.resolve("log"));
    }

    /**
     * The service that it describes.
     *
     * @param environment all that its scripts get
     * @param unlogged where its output goes when it has no logger
     * @param warnings hears sentences about files that are not understood
     */
    static ServiceSpec read(
            Path directory,
            String name,
            SortedMap<String, String> environment,
            Logging unlogged,
            Consumer<String> warnings) {
        return new ServiceDirectory(directory, name, warnings).spec(environment, unlogged);
    }

    private ServiceSpec spec(SortedMap<String, String> environment, Logging unlogged) {
        return ServiceSpec.of(name, script("run"))
                .with(Launch.DEFAULTS
                        .withEnvironment(environment)
                        .withDirectory(directory.toString())
                        .with(Launch.Input.NOTHING))
                .with(Restarts.DEFAULTS.withPace(Pace.S6))
                .with(readiness())
                .with(stopping())
                .with(finish())
                .with(hasLogger(directory) ? new Logging.ToService(loggerOf(name)) : unlogged)
                .withStartDown(Files.exists(directory.resolve("down")));
    }

    private List<String> script(String file) {
        Path path = directory.resolve(file);
        try {
            return Script.command(path, "./" + file, List.of());
        } catch (IOException e) {
            // When it is started, the spawner says what is wrong, and it is tried again: it may be mended meanwhile.
            if (Files.exists(path)) {
                warn(FileTrouble.of(e));
            }
            return List.of(path.toString());
        }
    }

    private Readiness readiness() {
        int descriptor = number("notification-fd", 0);
        if (descriptor == 0) {
            return Readiness.NONE;
        }
        if (descriptor < 3 || descriptor > Readiness.DESCRIPTOR_MAX) {
            warn("notification-fd " + descriptor + " must be from 3 to " + Readiness.DESCRIPTOR_MAX
                    + "; it counts as ready when it runs");
            return Readiness.NONE;
        }
        return Readiness.onDescriptor(descriptor);
    }

    private Stopping stopping() {
        int killMillis = number("timeout-kill", 0);
        boolean group = Files.exists(directory.resolve("flag-timeout-killpg"));
        return Stopping.DEFAULTS
                .withSignals(List.of(downSignal()))
                .withTimeout(killMillis == 0 ? Stopping.NEVER : Duration.ofMillis(killMillis))
                .withReach(group ? Reach.MIXED : Reach.PROCESS);
    }

    private Signal downSignal() {
        String word = word("down-signal");
        if (word.isEmpty()) {
            return Signal.TERM;
        }
        try {
            return Signal.named(word);
        } catch (IllegalArgumentException e) {
            warn("down-signal: " + e.getMessage());
            return Signal.TERM;
        }
    }

    private Finish finish() {
        Duration timeout = Duration.ofMillis(number("timeout-finish", FINISH_MILLIS));
        return Files.exists(directory.resolve("finish"))
                ? Finish.by(script("finish")).withTimeout(timeout)
                : Finish.NONE;
    }

    /** How many deaths the tally keeps. */
    static int deathsMax(Path directory, Consumer<String> warnings) {
        return new ServiceDirectory(directory, directory.toString(), warnings)
                .number("max-death-tally", DeathTally.ENTRIES_USUAL);
    }

    private int number(String file, int usual) {
        String word = word(file);
        if (word.isEmpty()) {
            return usual;
        }
        if (!NUMBER.matcher(word).matches()) {
            warn(file + ": \"" + word + "\" is no number; " + usual + " is used");
            return usual;
        }
        return Integer.parseInt(word);
    }

    /** The first line, or "" when there is no such file. */
    private String word(String file) {
        Path path = directory.resolve(file);
        try {
            if (!Files.isRegularFile(path)) {
                return "";
            }
            if (Files.size(path) > WORD_BYTES_MAX) {
                warn(file + " is longer than " + WORD_BYTES_MAX + " bytes and is ignored");
                return "";
            }
            return Files.readString(path, StandardCharsets.ISO_8859_1)
                    .lines()
                    .findFirst()
                    .orElse("")
                    .strip();
        } catch (IOException e) {
            warn(file + " cannot be read: " + FileTrouble.of(e));
            return "";
        }
    }

    private void warn(String sentence) {
        warnings.accept("service=" + name + " " + sentence);
    }
}
