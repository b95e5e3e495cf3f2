package muster.gossip.planted;

import java.security.SecureRandom;
import java.util.function.Supplier;
import muster.proof.architecture.Breaks;

@Breaks("no_chance_of_their_own")
public final class RollsHiddenDice {
    Supplier<SecureRandom> dice() {
        return SecureRandom::new;
    }
}
