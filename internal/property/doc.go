// Package property is whose site it is: properties, what their owners set about the widget and the life of chats,
// and where the widget may be embedded. It knows neither agents nor visitors.
package property
