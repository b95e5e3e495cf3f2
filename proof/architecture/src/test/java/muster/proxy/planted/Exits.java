package muster.proxy.planted;

import muster.proof.architecture.Breaks;

@Breaks("only_the_agent_ends_the_process")
public final class Exits {
    void exit() {
        System.exit(1);
    }
}
