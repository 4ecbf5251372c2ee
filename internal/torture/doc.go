// Package torture keeps the product's promise under test: a message shown as sent is stored, exactly once, in order, for
// both sides. Real server processes are killed, stopped and restarted under real clients, with a proxy between them that
// delays and cuts; then everything that anybody was promised or saw is compared with what is stored.
// It holds tests only, and measures nothing.
package torture
