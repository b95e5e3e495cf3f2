package muster.cellar.planted;

import muster.proof.architecture.Breaks;

@Breaks("every_class_lives_in_a_room")
public final class UnknownRoom {
    int boxes = 3;
}
