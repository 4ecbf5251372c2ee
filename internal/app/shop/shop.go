// Package shop is the demo's customer: a small pottery shop of several pages that carries the widget's snippet.
// It knows nothing of Parley but that one line.
package shop

// Product is something the shop sells.
type Product struct {
	Slug, Name, Kind string
	Price            int // euro
	Text             string
	Glaze, Deep      string // two colours of the drawing
}

// Kinds are the shop's shelves, in the order of its menu.
var Kinds = []string{"mugs", "plates", "bowls"}

// Products are all on sale.
var Products = []Product{
	{"speckled-mug", "Speckled mug, oat", "mugs", 28, "Thrown by hand in stoneware, glazed in oat over bare clay. Holds 320 ml. Safe in the dishwasher.", "#f1e9dc", "#c9a77f"},
	{"harbour-mug", "Harbour mug, slate", "mugs", 30, "A straight mug with a wide handle, dipped twice in a slate glaze. Holds 380 ml.", "#7f8f96", "#52616a"},
	{"rust-cup", "Espresso cup, rust", "mugs", 19, "Small, heavy, and warm for longer than the coffee lasts. Holds 90 ml.", "#b9674a", "#8a4730"},
	{"long-plate", "Dinner plate, oat", "plates", 34, "Twenty-seven centimetres across with a low rim, so that sauce stays where it is.", "#efe6d6", "#cdb08a"},
	{"side-plate", "Side plate, moss", "plates", 22, "For cake, or for the other half of the toast.", "#93a087", "#66745c"},
	{"large-bowl", "Large bowl, ink", "bowls", 62, "For a salad of six. Oven safe up to 220 °C.", "#46505f", "#2d3541"},
	{"rice-bowl", "Rice bowl, oat", "bowls", 26, "Fits a hand. Stacks without a scratch.", "#efe6d6", "#c9a77f"},
}
