package muster.templating;

import java.util.List;

/**
 * What a template made of a fleet.
 *
 * @param text equal for equal fleets
 * @param refused sentences, one for each node that was left out because a value of its cannot be written safely
 */
public record Rendering(String text, List<String> refused) {}
