package muster.gossip.planted;

import muster.proof.architecture.Breaks;

@Breaks("no_default_locale")
public final class FormatsLikeTheMachine {
    String format(double factor) {
        return String.format("%.1f", factor);
    }
}
