/**
 * How a rendered text takes effect: beside the old file, checked, in its place as a whole, applied, and back to the old one
 * when that fails.
 *
 * <pre>
 *   text ──► staged file ──► check ──► kept versions ──► rename ──► apply
 *               │              │                                     │ fails
 *               └──────────────┴─► Outcome.Refused: nothing changed  └─► the old file again, applied again
 * </pre>
 *
 * {@link muster.templating.target.Publisher} does it once; {@link muster.templating.target.Pace} says when. Who runs
 * commands and reads clocks is elsewhere.
 */
@NullMarked
package muster.templating.target;

import org.jspecify.annotations.NullMarked;
