package article

import (
	"context"
	"net/http"

	"parley/internal/kernel/actor"
	"parley/internal/kernel/id"
	"parley/internal/platform/web"
)

func (s *Service) routesCategories(a *web.API) {
	at := root + "/categories"
	web.Agent(a, web.Op{Method: http.MethodGet, Path: at, ID: "list-help-categories", Summary: "All categories, each after its parent and in order", Tag: tag}, s.httpCategories)
	web.Agent(a, web.Op{Method: http.MethodPost, Path: at, ID: "make-help-category", Summary: "Make a category", Tag: tag, Status: http.StatusCreated}, s.httpMakeCategory)
	web.Agent(a, web.Op{Method: http.MethodPatch, Path: at + "/{category}", ID: "change-help-category", Summary: "Name, move or sort a category", Tag: tag}, s.httpChangeCategory)
	web.Manager(a, web.Op{
		Method: http.MethodDelete, Path: at + "/{category}", ID: "delete-help-category", Summary: "Delete an empty category", Tag: tag, Status: http.StatusNoContent,
	}, s.httpDeleteCategory)
}

type categoryTextView struct {
	Name        string `json:"name" doc:"Empty in a change: it has no name in this language any more."`
	Slug        string `json:"slug,omitempty" required:"false" doc:"Absent: made of the name, or as it is."`
	Description string `json:"description,omitempty" required:"false"`
}

type categoryView struct {
	ID       id.Category                 `json:"id"`
	Parent   id.Category                 `json:"parent" doc:"Empty: at the top."`
	Icon     string                      `json:"icon"`
	Texts    map[string]categoryTextView `json:"texts" nullable:"false" doc:"By language."`
	Articles int                         `json:"articles" doc:"In it, of any state; not below."`
}

type categoriesOutput struct {
	Body struct {
		Items []categoryView `json:"items" nullable:"false"`
	}
}

func (s *Service) httpCategories(ctx context.Context, who actor.Agent, _ *siteInput) (*categoriesOutput, error) {
	list, err := s.Nodes(ctx, who.Property)
	if err != nil {
		return nil, err
	}
	out := &categoriesOutput{}
	out.Body.Items = make([]categoryView, len(list))
	for i, n := range list {
		out.Body.Items[i] = viewNode(n)
	}
	return out, nil
}

func viewNode(n Node) categoryView {
	v := categoryView{ID: n.ID, Parent: n.Parent, Icon: n.Icon, Texts: make(map[string]categoryTextView, len(n.Texts)), Articles: n.Articles}
	for language, t := range n.Texts {
		v.Texts[language] = categoryTextView(t)
	}
	return v
}

type makeCategoryInput struct {
	Property id.Property `path:"property"`
	Body     struct {
		Parent id.Category                 `json:"parent,omitempty" required:"false"`
		Icon   string                      `json:"icon,omitempty" required:"false"`
		Texts  map[string]categoryTextView `json:"texts" minProperties:"1"`
	}
}

type categoryOutput struct{ Body categoryView }

func (s *Service) httpMakeCategory(ctx context.Context, who actor.Agent, in *makeCategoryInput) (*categoryOutput, error) {
	icon := in.Body.Icon
	n, err := s.MakeCategory(ctx, who, CategoryPatch{Parent: &in.Body.Parent, Icon: &icon, Texts: texts(in.Body.Texts)})
	if err != nil {
		return nil, err
	}
	return &categoryOutput{Body: viewNode(n)}, nil
}

func texts(in map[string]categoryTextView) map[string]CategoryText {
	out := make(map[string]CategoryText, len(in))
	for language, t := range in {
		out[language] = CategoryText(t)
	}
	return out
}

type categoryInput struct {
	Property id.Property `path:"property"`
	Category id.Category `path:"category"`
}

type changeCategoryInput struct {
	Property id.Property `path:"property"`
	Category id.Category `path:"category"`
	Body     struct {
		Parent *id.Category                `json:"parent,omitempty" doc:"Empty: to the top."`
		Before *id.Category                `json:"before,omitempty" doc:"The sister that comes after it; empty: it is the last."`
		Icon   *string                     `json:"icon,omitempty"`
		Texts  map[string]categoryTextView `json:"texts,omitempty" doc:"Languages that are left out stay as they are."`
	}
}

func (s *Service) httpChangeCategory(ctx context.Context, who actor.Agent, in *changeCategoryInput) (*categoryOutput, error) {
	n, err := s.ChangeCategory(ctx, who, in.Category, CategoryPatch{
		Parent: in.Body.Parent, Before: in.Body.Before, Icon: in.Body.Icon, Texts: texts(in.Body.Texts),
	})
	if err != nil {
		return nil, err
	}
	return &categoryOutput{Body: viewNode(n)}, nil
}

type nothing struct{}

func (s *Service) httpDeleteCategory(ctx context.Context, who actor.Agent, in *categoryInput) (*nothing, error) {
	return nil, s.DeleteCategory(ctx, who, in.Category)
}
