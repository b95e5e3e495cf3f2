package muster.supervisor.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import muster.supervisor.CannotSupervise;

/** {@code /dev/null}, for what a process writes and nobody wants. */
public final class Nowhere {
    private static final long O_RDWR = 2;

    private Nowhere() {}

    /** For {@link Command}; opened once and never closed. */
    public static int descriptor() {
        return Opened.DESCRIPTOR;
    }

    private static final class Opened {
        static final int DESCRIPTOR = open();

        private static int open() {
            try (Arena arena = Arena.ofConfined()) {
                Libc.Result opened =
                        Libc.call(Libc.OPEN, Libc.text(arena, "/dev/null").address(), O_RDWR | Libc.O_CLOEXEC);
                if (opened.asInt() < 0) {
                    throw new CannotSupervise(
                            "/dev/null cannot be opened: " + Libc.describe(opened.errno()) + "; services need it");
                }
                return Descriptors.raise(opened.asInt());
            } catch (IOException e) {
                throw new CannotSupervise(String.valueOf(e.getMessage()));
            }
        }
    }
}
