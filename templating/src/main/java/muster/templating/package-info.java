/**
 * How a fleet becomes a text: templates over what nodes announce.
 *
 * <pre>
 *   Announcement* ──► Model ──► Template (Handlebars) ──► Rendering (text, and whose values had to be refused)
 *                                    │
 *                                 Syntax: how a value from outside is written so that it stays one token
 * </pre>
 *
 * The operator writes templates and is trusted; nodes write names, addresses and tags and are not. What comes from a node
 * carries its {@link muster.templating.Origin} through every helper, and is written by the rules of the destination's
 * {@link muster.templating.Syntax} or not at all. Nothing here runs code of a template or reaches beyond its folder.
 */
@NullMarked
package muster.templating;

import org.jspecify.annotations.NullMarked;
