package muster.gossip.planted;

import muster.proof.architecture.Breaks;

@Breaks("no_environment")
public final class AsksTheEnvironment {
    String home() {
        return System.getenv("HOME");
    }
}
