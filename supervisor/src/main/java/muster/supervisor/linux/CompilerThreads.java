package muster.supervisor.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The JVM's compiler threads. When a service ends for the first time, what restarts it is run for the first time, and the compiler wants to have it all: 40 ms
 * of a core, half of it the very core that the next process needs. Code that is compiled a moment later does no harm.
 */
final class CompilerThreads {
    /** A quarter of a core that somebody else wants too. Not the least there is: the JVM may have to wait for what its compiler holds. */
    private static final int NICER = 5;

    private static final int NICE_MAX = 19;

    private CompilerThreads() {}

    /** From now on others come first; threads that the JVM adds to them are as they are. */
    static void stepBack() {
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path thread : threads) {
                if (isCompiler(thread)) {
                    long id = Long.parseLong(thread.getFileName().toString());
                    int nice =
                            Libc.call(Libc.GETPRIORITY, Libc.PRIO_PROCESS, id).asInt();
                    Libc.call(Libc.SETPRIORITY, Libc.PRIO_PROCESS, id, Math.min(nice + NICER, NICE_MAX));
                }
            }
        } catch (IOException e) {
            System.getLogger(CompilerThreads.class.getName())
                    .log(System.Logger.Level.DEBUG, "the compiler goes on as it was: {0}", FileTrouble.of(e));
        }
    }

    /** By its name, of which the kernel keeps 15 characters: {@code C1 CompilerThre}. */
    private static boolean isCompiler(Path thread) throws IOException {
        String name = Files.readString(thread.resolve("comm"), StandardCharsets.ISO_8859_1);
        return name.startsWith("C1 Compiler") || name.startsWith("C2 Compiler");
    }
}
