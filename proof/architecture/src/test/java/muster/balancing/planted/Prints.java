package muster.balancing.planted;

import muster.proof.architecture.Breaks;

@Breaks("no_environment")
public final class Prints {
    void print() {
        System.out.println("picked");
    }
}
