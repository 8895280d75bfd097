package web

// Bar is a row of choices above a list, a form that is sent by GET: the address is the saved view.
type Bar struct {
	Action  string
	Hidden  []Pair
	Find    Text // of the field for words, named text; empty: there is none
	Text    string
	Selects []Select
	Dates   []Field // each with its label before it
	Clear   string  // address without any of it; "" where nothing is chosen
}

// Select is a choice without visible label: its options speak.
type Select struct {
	Name    string
	Label   Text
	Options []Option
}

// Pick makes a choice. label and all are keys: all is what the empty option says.
func Pick(name, label, all, chosen string, options ...Option) Select {
	return Select{Name: name, Label: Say(label), Options: Chosen(append([]Option{{Label: Say(all)}}, options...), chosen)}
}

// Words are options whose names stand in the catalogue under prefix and value.
func Words(prefix string, values ...string) (all []Option) {
	for _, v := range values {
		all = append(all, Option{Value: v, Label: Say(prefix + v)})
	}
	return all
}

// Chosen marks the options with this value.
func Chosen(options []Option, value string) []Option {
	for i := range options {
		options[i].Chosen = options[i].Value == value
	}
	return options
}
