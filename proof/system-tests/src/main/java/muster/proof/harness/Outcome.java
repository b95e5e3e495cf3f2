package muster.proof.harness;

/** What a command that runs to its end left behind. */
public record Outcome(int exitCode, String stdout, String stderr) {

    /** Both streams, for messages whose stream does not matter. */
    public String output() {
        return stdout + stderr;
    }

    /** @throws AssertionError unless the command ended with 0 */
    public Outcome orFail() {
        if (exitCode != 0) {
            throw new AssertionError("exit code " + exitCode + ": " + output());
        }
        return this;
    }
}
