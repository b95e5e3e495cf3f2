package muster.proof.harness;

/** What a command that runs to its end left behind. */
public record Outcome(int exitCode, String stdout, String stderr) {

    /** Both streams, for messages whose stream does not matter. */
    public String output() {
        return stdout + stderr;
    }

    /**
     * This, if the command ended with 0.
     *
     * @throws AssertionError otherwise
     */
    public Outcome orFail() {
        if (exitCode != 0) {
            throw new AssertionError("exit code " + exitCode + ": " + output());
        }
        return this;
    }
}
