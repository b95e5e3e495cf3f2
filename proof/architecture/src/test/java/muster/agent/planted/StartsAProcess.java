package muster.agent.planted;

import java.io.IOException;
import muster.proof.architecture.Breaks;

@Breaks("only_the_demo_starts_processes_through_the_jdk")
public final class StartsAProcess {
    Process start() throws IOException {
        return new ProcessBuilder("true").start();
    }
}
