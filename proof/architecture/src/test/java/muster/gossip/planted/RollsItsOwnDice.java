package muster.gossip.planted;

import java.util.Random;
import muster.proof.architecture.Breaks;

@Breaks("no_chance_of_their_own")
public final class RollsItsOwnDice {
    int roll() {
        return new Random().nextInt(6);
    }
}
