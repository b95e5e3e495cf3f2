package muster.supervisor;

/** How a process ended. The kernel's word, so that {@code exit 143} and death by SIGTERM stay two things. */
public sealed interface ExitStatus {
    /**
     * It called exit.
     *
     * @param status 0 to 255
     */
    record Exited(int status) implements ExitStatus {
        @Override
        public int code() {
            return status;
        }

        @Override
        public String toString() {
            return "exited with status " + status;
        }
    }

    /**
     * A signal ended it.
     *
     * @param signal its number, 1 to 64
     */
    record Killed(int signal, boolean dumpedCore) implements ExitStatus {
        @Override
        public int code() {
            return 128 + signal;
        }

        @Override
        public String toString() {
            return "was ended by " + Signal.describe(signal) + (dumpedCore ? " and dumped core" : "");
        }
    }

    /** As a shell and a container report it: the exit status, or 128 + the signal. */
    int code();
}
