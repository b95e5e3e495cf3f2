package muster.proof.harness;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The built program, as an operator starts it. */
public final class Launcher {

    private static final String BUILT = "packaging/target/muster/bin/muster";

    private Launcher() {}

    /** The launcher of the distribution: from the property {@code muster.launcher}, else the one that this clone has built. */
    public static Path path() {
        var given = System.getProperty("muster.launcher");
        if (given != null) {
            return Path.of(given);
        }
        return root().resolve(BUILT);
    }

    /** The directory of the shell scripts for s6's commands, beside the launcher's. */
    public static Path shims() {
        return path().resolveSibling("../s6").normalize();
    }

    /** The root of the clone. */
    public static Path root() {
        for (var folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("packaging/pom.xml"))) {
                return folder;
            }
        }
        throw new IllegalStateException("not inside a clone of Muster: start this from its root");
    }

    /** The command line of {@code muster ARGUMENTS}. */
    public static List<String> command(String... arguments) {
        return command(List.of(arguments));
    }

    static List<String> command(List<String> arguments) {
        var launcher = path();
        if (!Files.isExecutable(launcher)) {
            throw new AssertionError(
                    launcher + " is not there: build it with `mvn -pl packaging -am package -DskipTests`");
        }
        var command = new ArrayList<String>();
        command.add(launcher.toString());
        command.addAll(arguments);
        return command;
    }

    /** The Java that runs the tests runs the program too. */
    static Map<String, String> environment() {
        return Map.of("JAVA_HOME", System.getProperty("java.home"));
    }
}
