package muster.templating;

import java.util.List;

/**
 * What a template made of a fleet.
 *
 * @param text equal for equal fleets
 * @param refused sentences, one for each node that was left out because a value of its cannot be written safely
 * @param goesThroughAddresses whether one loop went through {@code addresses} as it is, not a part of it
 */
public record Rendering(String text, List<String> refused, boolean goesThroughAddresses) {}
