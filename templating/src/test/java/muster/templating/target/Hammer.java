package muster.templating.target;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import muster.templating.Syntax;

/** A publisher that writes again and again; also a program, with the destination and its letter as arguments. */
final class Hammer {
    private static final int TEXTS = 40;
    private static final int TEXT_CHARS = 100_000;

    private Hammer() {}

    public static void main(String[] arguments) throws InterruptedException {
        var target = new Target(
                "a",
                Path.of("a.hb"),
                Path.of(arguments[0]),
                Syntax.PLAIN,
                PosixFilePermissions.fromString("rw-r--r--"),
                null,
                null,
                "",
                "",
                Duration.ofSeconds(60),
                Duration.ZERO,
                Duration.ZERO,
                2);
        System.out.println(publish(target, arguments[1]));
    }

    static ProcessBuilder process(Path destination, String letter) throws IOException {
        String classPath =
                String.join(System.getProperty("path.separator"), place(Publisher.class), place(Hammer.class));
        return new ProcessBuilder(
                        System.getProperty("java.home") + "/bin/java",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classPath,
                        Hammer.class.getName(),
                        destination.toString(),
                        letter)
                .redirectErrorStream(true);
    }

    private static String place(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation().getPath();
    }

    /** Returns what did not go well: each text must be whole when it is checked and when it is applied. */
    static List<Outcome> publish(Target target, String letter) throws InterruptedException {
        Publisher.Step isOwn =
                file -> new Commands.Result(letter.equals(letterOf(file)), "it is not our text: " + file);
        var publisher = new Publisher(target, isOwn, isOwn, Duration.ofSeconds(90));
        var failures = new ArrayList<Outcome>();
        for (int text = 0; text < TEXTS; text++) {
            Outcome outcome = publisher.publish(letter.repeat(TEXT_CHARS - text));
            if (outcome.isFailure()) {
                failures.add(outcome);
            }
        }
        return failures;
    }

    /** Also when there is none yet. */
    static boolean isWhole(Path file) {
        return !letterOf(file).isEmpty();
    }

    /** "" when it is half, or nobody's alone. */
    private static String letterOf(Path file) {
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            return "none";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        boolean isWhole = text.length() > TEXT_CHARS - TEXTS
                && text.length() <= TEXT_CHARS
                && text.chars().distinct().count() == 1;
        return isWhole ? text.substring(0, 1) : "";
    }
}
