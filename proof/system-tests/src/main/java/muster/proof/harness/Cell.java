package muster.proof.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A container without an image: its first process is process 1 of its own process namespace, {@code /etc} and
 * {@code /usr/bin} are the machine's with what the test puts there on top, {@code /run} is empty. Needs root, and a kernel
 * that allows such mounts. When it ends, the kernel ends all that is left in it.
 */
public final class Cell {

    private static final String MOUNTS = """
            set -e
            mount --make-rprivate /
            mount -t tmpfs tmpfs /run
            mkdir /run/over /run/over/etc /run/over/etc.work
            mount -t overlay overlay -o "lowerdir=$CELL/etc:/etc,upperdir=/run/over/etc,workdir=/run/over/etc.work" /etc
            mount -t overlay overlay -o "lowerdir=$CELL/bin:/usr/bin" /usr/bin
            for option in $CELL_OPTIONS; do
                case $option in
                    noexec-run) mount -o remount,noexec /run ;;
                    read-only) mount -o remount,ro /etc; mount -o remount,ro / 2>/dev/null || true; mount -o remount,ro /run ;;
                esac
            done
            unset CELL CELL_OPTIONS
            exec "$@"
            """;

    private final Stage stage;
    private final String name;
    private final Path directory;
    private final List<String> options = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();

    public Cell(Stage stage, String name) {
        this.stage = stage;
        this.name = name;
        this.directory = stage.directory().resolve(name);
        try {
            Files.createDirectories(directory.resolve("etc"));
            Files.createDirectories(directory.resolve("bin"));
            // As an image does it: the shims where scripts look for those of s6-overlay. The stock tools of s6 stay.
            Path shims = Launcher.shims();
            for (String shim : new String[] {"with-contenv", "printcontenv", "logutil-service"}) {
                Files.createSymbolicLink(directory.resolve("bin").resolve(shim), shims.resolve(shim));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Why this machine has no cells, or "" when it has. */
    public static String missing() {
        var probe = Command.run(List.of("unshare", "--pid", "--fork", "--mount", "--mount-proc", "true"), Map.of());
        return probe.exitCode() == 0
                ? ""
                : "no process and mount namespaces here: " + probe.output().strip();
    }

    /** A file below {@code /etc}, executable when it is a script. */
    public Cell file(String path, String content) {
        try {
            Path file = directory.resolve("etc").resolve(path);
            Files.createDirectories(file.getParent());
            Files.writeString(file, content);
            if (content.startsWith("#!")) {
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All files of a directory below {@code /etc}, links and modes as they are. */
    public Cell tree(Path etc) {
        Command.run(List.of("cp", "-a", etc + "/.", directory.resolve("etc").toString()), Map.of())
                .orFail();
        return this;
    }

    /** A command of {@code /usr/bin} that is this script. */
    public Cell command(String command, String script) {
        try {
            Path file = directory.resolve("bin").resolve(command);
            Files.deleteIfExists(file); // perhaps a link to one of ours
            Files.writeString(file, script);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Muster under these names in {@code /usr/bin}. */
    public Cell faces(String... names) {
        try {
            for (String face : names) {
                Files.createSymbolicLink(directory.resolve("bin").resolve(face), Launcher.path());
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Puts these shims in place of the stock tools of the machine. */
    public Cell shims(String... names) {
        try {
            Path shims = Launcher.shims();
            for (String shim : names) {
                Files.createSymbolicLink(directory.resolve("bin").resolve(shim), shims.resolve(shim));
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** These commands of {@code /usr/bin} are not there: a whiteout hides what the layers below have. */
    public Cell without(String... commands) {
        for (String command : commands) {
            Command.run(
                            List.of(
                                    "mknod",
                                    directory.resolve("bin").resolve(command).toString(),
                                    "c",
                                    "0",
                                    "0"),
                            Map.of())
                    .orFail();
        }
        return this;
    }

    public Cell environment(String key, String value) {
        environment.put(key, value);
        return this;
    }

    /** Nothing in {@code /run} can be executed. */
    public Cell withoutExecutionInRun() {
        options.add("noexec-run");
        return this;
    }

    /** Nothing can be written, not even {@code /run}. */
    public Cell readOnly() {
        options.add("read-only");
        return this;
    }

    /** Starts this command as process 1. */
    public Program start(List<String> command) {
        // Whoever starts the tests may have had signals ignored (nohup, a script's &), and that is handed on.
        var words = new ArrayList<>(List.of("env", "--default-signal"));
        words.addAll(List.of(
                "unshare", "--pid", "--fork", "--mount", "--mount-proc", "--kill-child", "sh", "-c", MOUNTS, "sh"));
        words.addAll(command);
        var all = new HashMap<>(environment);
        all.put("CELL", directory.toString());
        all.put("CELL_OPTIONS", String.join(" ", options));
        all.putIfAbsent("MUSTER_CACHE", "off");
        return stage.start(name, words, all);
    }

    /** Starts {@code muster init ARGUMENTS} as process 1. */
    public Program init(String... arguments) {
        var words = new ArrayList<>(List.of("init"));
        words.addAll(List.of(arguments));
        return start(Launcher.command(words));
    }

    /** Starts {@code /init ARGUMENTS} as process 1: by the link that images have. */
    public Program slashInit(String... arguments) {
        try {
            Path link = directory.resolve("init");
            Files.createSymbolicLink(link, Launcher.path());
            var words = new ArrayList<>(List.of(link.toString()));
            words.addAll(List.of(arguments));
            return start(words);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The number that process 1 has on the machine. */
    public static long first(Program cell) {
        Await.until("process 1 of " + cell.name(), () -> !cell.children().isEmpty() || !cell.running());
        return cell.children().getFirst().pid();
    }

    /** A signal to process 1, from outside as an engine sends it. */
    public static void signal(Program cell, String signal) {
        Signals.send(signal, first(cell));
    }

    /** Runs a command inside. */
    public Outcome run(Program cell, String... command) {
        var words = new ArrayList<>(List.of("nsenter", "-t", Long.toString(first(cell)), "-p", "-m", "--"));
        words.addAll(List.of(command));
        return Command.run(words, Map.of());
    }

    /** Runs a shell text inside. */
    public Outcome shell(Program cell, String text) {
        return run(cell, "sh", "-c", text);
    }

    /** The states of all processes inside but process 1, as {@code ps} names them: Z is a zombie. */
    public List<String> states(Program cell) {
        // Without the shell and the ps that look.
        return run(cell, "ps", "-e", "-o", "pid=,stat=,comm=")
                .orFail()
                .stdout()
                .lines()
                .map(String::strip)
                .filter(line -> !line.startsWith("1 ") && !line.endsWith(" ps"))
                .toList();
    }
}
